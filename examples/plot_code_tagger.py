"""
A label for every step
======================

Code coloured by a network: it names a class for each character that it reads.

Is it a name, a keyword, a string, a comment? Python's `tokenize` knows by rule, the network learns
it from examples. Functions have any number of characters, so X is a list of arrays, and so is y.

A single character says little. Whether an `i` belongs to `if`, to `index` or to a string depends on
what came before, and at times on what comes after: so the network is fitted in one direction and in
both.
"""

import ast
import io
import keyword
import tokenize
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import accuracy_score, f1_score, recall_score

from skrnn import RNNSequenceTagger

# %%
# The functions come from modules of the standard library, which every Python has. Those of the test
# part are new in both ways: the network was not trained on them, and its settings were chosen by
# others. The text differs a little between Pythons, and so do the figures.

TRAIN = ["argparse", "configparser", "difflib", "inspect", "optparse", "pdb", "tarfile", "zipfile"]
TEST = ["dataclasses", "fractions", "imaplib", "smtplib", "tempfile"]
CLASSES = ["name", "keyword", "operator", "number", "string", "comment", "space"]


def class_of(token):
    """Return the class of a token; what has no class of its own is space."""
    if token.type == tokenize.NAME:
        return "keyword" if keyword.iskeyword(token.string) else "name"
    kinds = {"OP": "operator", "NUMBER": "number", "STRING": "string", "COMMENT": "comment"}
    return kinds.get(tokenize.tok_name[token.type], "space")


def starts_of_lines(source):
    return np.cumsum([0] + [len(line) for line in io.StringIO(source)])


def label(source):
    """Return the class of each character of a source text, as `tokenize` has it."""
    starts = starts_of_lines(source)
    labels = np.full(len(source), "space", dtype="<U8")
    openings = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        (first, first_column), (last, last_column) = token.start, token.end
        begin = starts[min(first, len(starts)) - 1] + first_column
        end = starts[min(last, len(starts)) - 1] + last_column
        kind = tokenize.tok_name[token.type]
        if kind in {"FSTRING_START", "TSTRING_START"}:  # newer Pythons look into f-strings
            openings.append(begin)
        elif kind in {"FSTRING_END", "TSTRING_END"}:
            labels[openings.pop() : end] = "string"
        elif not openings:
            labels[begin:end] = class_of(token)
    return labels


# %%
# A sequence is one function or method, from its `def` to its end. So no sequence begins within a
# string, where nothing would tell it from code.


def functions_of(module):
    """Return the functions of a module as pairs of text and labels."""
    source = Path(find_spec(module).origin).read_text(encoding="utf-8")
    labels = label(source)
    starts = starts_of_lines(source)
    pieces = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            piece = slice(starts[node.lineno - 1], starts[node.end_lineno])
            text = source[piece]
            if 100 <= len(text) <= 600 and text.isascii():
                pieces.append((text, labels[piece]))
    return pieces


def encode(pieces):
    """Return X, with a row of 128 columns for each character, one for each of ASCII; and y."""
    one_hot = np.eye(128, dtype=np.float32)
    X = [one_hot[np.frombuffer(text.encode(), dtype=np.uint8)] for text, _ in pieces]
    return X, [labels for _, labels in pieces]


train = [piece for module in TRAIN for piece in functions_of(module)]
test_by_module = {module: functions_of(module) for module in TEST}
test = [piece for pieces in test_by_module.values() for piece in pieces]
(X_train, y_train), (X_test, y_test) = encode(train), encode(test)
for title, y in (("training", y_train), ("test", y_test)):
    print(f"{title:9}{len(y):5} functions,{sum(map(len, y)):7} characters")

# %%
# Accuracy counts all characters alike; the macro F1 score counts all classes alike, and so it
# tells whether the rare ones are found. Both are taken over the steps of all test functions.

truth = np.concatenate(y_test)
predictions = {}

# %%
# The least a tagger must beat: always the most frequent class; and, for each character, the class
# that it most often has. The second one knows all that can be known without a sequence.

steps, labels = np.concatenate(X_train).argmax(axis=1), np.concatenate(y_train)
counts = np.array([[np.sum(labels[steps == i] == name) for name in CLASSES] for i in range(128)])
overall = counts.sum(axis=0)
best = np.where(counts.any(axis=1), counts.argmax(axis=1), overall.argmax())
predictions["always the same"] = np.full(len(truth), CLASSES[overall.argmax()])
predictions["character alone"] = np.array(CLASSES)[best[np.concatenate(X_test).argmax(axis=1)]]

# %%
# The same network in one direction and in both. An update takes few functions, since each of them
# has hundreds of labels.

for title, bidirectional in (("one direction", False), ("both directions", True)):
    network = RNNSequenceTagger(
        40,
        cell="gru",
        bidirectional=bidirectional,
        learning_rate=2e-2,
        schedule="cosine",
        batch_size=16,
        max_iter=6,
        random_state=0,
    )
    network.fit(X_train, y_train)
    predictions[title] = np.concatenate(network.predict(X_test))

print()
print(f"{'':18}accuracy   macro F1")
for title, predicted in predictions.items():
    accuracy = accuracy_score(truth, predicted)
    f1 = f1_score(truth, predicted, labels=CLASSES, average="macro", zero_division=0)
    print(f"{title:18}{accuracy:8.3f}{f1:11.3f}")

recall = {
    title: recall_score(truth, predicted, labels=CLASSES, average=None)
    for title, predicted in predictions.items()
}
print()
print(f"{'recall':18}" + "".join(f"{name:>9}" for name in CLASSES))
for title, values in recall.items():
    print(f"{title:18}" + "".join(f"{value:9.3f}" for value in values))

# %%
# What the other direction brings is seen best in the keywords. Where a word begins, one direction
# can only guess whether a keyword will come of it; the further into the word, the less there is to
# guess. With both, the whole word is known from its first letter on. (Few keywords are long. That
# is why, late in a word, even the character alone does well: there, everything is a name to it.)


def places(labels):
    """Return the place of each character in its name or keyword, from 1; 0 elsewhere."""
    place = np.zeros(len(labels), dtype=int)
    for i, kind in enumerate(labels):
        if kind in {"name", "keyword"}:
            place[i] = place[i - 1] + 1 if i and labels[i - 1] == kind else 1
    return place


PLACES = range(1, 9)
place = np.concatenate([places(labels) for labels in y_test])
by_place = {
    title: [np.mean((predicted == truth)[place == i]) for i in PLACES]
    for title, predicted in predictions.items()
    if title != "always the same"
}
print()
print(f"{'place in a word':18}" + "".join(f"{i:9}" for i in PLACES))
for title, values in by_place.items():
    print(f"{title:18}" + "".join(f"{value:9.3f}" for value in values))

# %%
# Strings gain little, and they are where modules differ. The rule is to remember how a string was
# opened until it is closed. The network goes by looks as well, so that a docstring which shows code
# may be taken for code, many characters at once. For the same reason, figures change more with
# `random_state` than so many characters would suggest.

n_characters = [sum(len(text) for text, _ in pieces) for pieces in test_by_module.values()]
origin = np.repeat(TEST, n_characters)
print()
print(f"{'accuracy':18}" + "".join(f"{module:>13}" for module in TEST))
for title, predicted in predictions.items():
    values = [np.mean((predicted == truth)[origin == module]) for module in TEST]
    print(f"{title:18}" + "".join(f"{value:13.3f}" for value in values))

# %%
# The picture shows a function of the test part in the colours of the network that reads in both
# directions. Of those with at most 16 lines, it is one that has the most classes. Whatever is wrong
# has a grey ground.

shown = max(
    (i for i, (text, _) in enumerate(test) if text.count("\n") <= 16),
    key=lambda i: len(set(y_test[i])),
)
shades = ["black", "tab:blue", "tab:red", "tab:orange", "tab:green", "tab:purple", "none"]
colors = dict(zip(CLASSES, shades, strict=True))
_, code = plt.subplots(figsize=(8, 4.4), layout="constrained")
font = {"family": "monospace", "weight": "bold", "size": 11, "va": "center"}
row = column = 0
for character, predicted, right in zip(
    test[shown][0], network.predict([X_test[shown]])[0], y_test[shown], strict=True
):
    if predicted != right:
        code.fill_between([column, column + 1], row - 0.4, row + 0.4, color="lightgrey")
    if character == "\n":
        row, column = row + 1, 0
        continue
    code.text(column, row, character, color=colors[predicted], **font)
    column += 1
code.set(xlim=(0, 80), ylim=(max(row, 8), -0.6), title="A function of the test part")
code.axis("off")
for name in CLASSES[:-1]:
    code.plot([], [], "s", color=colors[name], label=name)
code.legend(loc="upper center", bbox_to_anchor=(0.5, 0), ncols=6, fontsize="small")
_, words = plt.subplots(figsize=(8, 4), layout="constrained")
for title, values in by_place.items():
    words.plot(PLACES, values, marker="o", label=title)
words.set(
    xlabel="place in the word",
    ylabel="accuracy",
    ylim=(None, 1.01),
    title="Characters of names and keywords",
)
words.legend(loc="lower right")
plt.show()
