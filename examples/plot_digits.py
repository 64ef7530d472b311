"""
Digits: a Pipeline and a search
===============================

A Pipeline that scales, a GridSearchCV that chooses, and a table of what was taken for what.

scikit-learn ships 1,797 images of handwritten digits, 8 x 8 pixels each. A recurrent network reads
an image the way one reads a page: eight rows from top to bottom, each of eight pixels being one
time step. After the last row it names the digit. It is an ordinary scikit-learn classifier, so
everything around it is ordinary too.
"""

print("Digits, row by row: 37 fits in a search, in about half a minute on two cores.", flush=True)

import sys

import matplotlib.pyplot as plt
from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNSequenceClassifier

# %%
# Each row of X is an image: 64 numbers, of which the first eight are its first row. That is the 2-D
# form of X, a sequence per row, and `n_step_features=8` says how long a time step is.

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)

# %%
# The search asks three questions. How many rows back must the gradient reach: 2, 4 or all of them?
# At what norm should it be clipped? Which optimiser serves best? All else is left to the defaults.
# joblib tells how far it is.

pipeline = make_pipeline(StandardScaler(), RNNSequenceClassifier(n_step_features=8, random_state=0))
grid = {
    "rnnsequenceclassifier__truncation_length": [2, 4, None],
    "rnnsequenceclassifier__clip_threshold": [0.1, 1.0],
    "rnnsequenceclassifier__optimizer": ["adam", "rmsprop"],
}
search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2)
with parallel_config(verbose=10):
    search.fit(X_train, y_train)

print("truncation_length  clip_threshold  optimizer  accuracy in cross-validation")
results = zip(search.cv_results_["mean_test_score"], search.cv_results_["params"], strict=True)
for score, params in sorted(results, key=lambda result: -result[0]):
    length, threshold, optimizer = (params[name] for name in grid)
    print(f"{length!s:>17}  {threshold!s:>14}  {optimizer:>9}  {score:.4f}")

# %%
# Seeing only the last two rows from where the label is, the gradient cannot teach the network what
# to remember of the first six. The forward pass still carries them, so accuracy drops a little
# rather than a lot.

print(f"\nTest accuracy: {search.score(X_test, y_test):.4f}\n")
table = confusion_matrix(y_test, search.predict(X_test))
print("Digit | taken for" + "\n      |" + "".join(f"{digit:4d}" for digit in range(10)))
for digit, row in enumerate(table):
    print(f"    {digit} |" + "".join(f"{count or '.':>4}" for count in row))

ConfusionMatrixDisplay(table).plot(cmap="Blues", colorbar=False)
plt.title("Digits read row by row")

# %%
# Where there is no screen, the picture goes to a file.

screenless = {"agg", "cairo", "pdf", "pgf", "ps", "svg", "template"}
if plt.get_backend().lower() in screenless and "sphinx_gallery" not in sys.modules:
    plt.savefig("plot_digits.png")
    print("\nNo screen: the picture is in plot_digits.png, in the current folder.")
else:
    plt.show()
