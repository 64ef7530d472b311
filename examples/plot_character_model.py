"""
A language model
================

What is the next character? A network reads the help texts of Python, and writes on.

A text is a sequence whose labels come with it: at every step, the label is the character that
follows. A tagger that learns them gives a probability to each character after all that it has read,
which makes it a language model. Here it reads the help texts of Python, is compared with counts of
groups of characters, and writes a few lines of its own.
"""

import textwrap
from collections import Counter, defaultdict
from pydoc_data.topics import topics

import matplotlib.pyplot as plt
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from skrnn import RNNSequenceTagger

# %%
# The topics of `help()` are part of every Python, though their wording differs between versions,
# and with it all figures below. Many paragraphs stand in several topics. Each is taken once, so
# that nothing in the test part was there to be learnt by heart. Capitals and the layout are left
# aside, and characters that are rare in the training part are all written as `#`. This makes the
# task easier, and it does so for everything that is compared.

rng = np.random.default_rng(0)
paragraphs = [
    " ".join(paragraph.lower().split())
    for topic in rng.permutation(sorted(topics))
    for paragraph in topics[topic].split("\n\n")
]
everything = "\n".join(dict.fromkeys(paragraphs))
first, second = int(0.8 * len(everything)), int(0.9 * len(everything))
frequent = {c for c, count in Counter(everything[:first]).items() if count >= 100}
everything = "".join(c if c in frequent else "#" for c in everything)
train, validation, test = everything[:first], everything[first:second], everything[second:]
ALPHABET = sorted(set(everything))
CODE = {character: i for i, character in enumerate(ALPHABET)}
print(f"{len(train)} characters to learn from, {len(validation)} to choose by, {len(test)} to test")
print(f"{len(ALPHABET)} different ones: guessing costs {np.log2(len(ALPHABET)):.2f} bits for each")

# %%
# First the counts. What follows a group of n - 1 characters is counted in the training part. A
# group that was seen seldom says little, and so its counts are mixed with what the group without
# its first character says, and so on down to one probability for all. The weights are those of
# Witten and Bell: the more different characters have followed, the more is left to the shorter
# group. The sum of the probabilities is 1 at every step.

ORDERS = range(1, 7)


def count(text):
    tables = [defaultdict(lambda: np.zeros(len(ALPHABET))) for _ in ORDERS]
    for length, table in enumerate(tables):
        for i in range(length, len(text)):
            table[text[i - length : i]][CODE[text[i]]] += 1
    return tables


def distributions(tables, context):
    """Yield the probabilities of the next character, by ever longer groups."""
    p = np.full(len(ALPHABET), 1 / len(ALPHABET))
    for length, table in enumerate(tables):
        counts = table.get(context[len(context) - length :]) if length <= len(context) else None
        if counts is not None:
            n_different = np.count_nonzero(counts)
            p = (counts + n_different * p) / (counts.sum() + n_different)
        yield p


def probabilities_by_counts(tables, text):
    """Return the probability of each character but the first, for each order."""
    longest = len(tables) - 1
    return np.array(
        [
            [p[CODE[text[i]]] for p in distributions(tables, text[max(0, i - longest) : i])]
            for i in range(1, len(text))
        ]
    ).T


def bits(probabilities):
    return -np.log2(probabilities).mean()


tables = count(train)
bits_by_order = [bits(p) for p in probabilities_by_counts(tables, validation)]
order = ORDERS[int(np.argmin(bits_by_order))]
print()
print("bits per character of the validation part, by counts")
print("order   " + "".join(f"{n:7}" for n in ORDERS))
print("bits    " + "".join(f"{value:7.3f}" for value in bits_by_order))

# %%
# Then the network. A step has a column for each character of the alphabet. The training part is cut
# into a few long sequences, which are read side by side. They have thousands of steps each, and
# `truncation_length` covers them with windows of 25. After each window there is an update, and the
# next one goes on with the state that the last one left. So the gradient goes back 25 steps at
# most, but what the network has read before is not forgotten where a window ends.

N_SEQUENCES, N_EPOCHS = 32, 4


def one_hot(text):
    return np.eye(len(ALPHABET), dtype=np.float32)[[CODE[character] for character in text]]


n_steps = (len(train) - 1) // N_SEQUENCES
n_used = N_SEQUENCES * n_steps
X = one_hot(train[:n_used]).reshape(N_SEQUENCES, n_steps, -1)
y = np.array(list(train[1 : n_used + 1])).reshape(N_SEQUENCES, n_steps)

model = RNNSequenceTagger(
    128,
    cell="gru",
    truncation_length=25,
    learning_rate=1e-2,
    schedule="cosine",
    max_iter=N_EPOCHS,
    random_state=0,
)


def probabilities_by_network(text):
    """Return the probability of each character but the first, read as one sequence."""
    p = model.predict_proba([one_hot(text[:-1])])[0]
    return p[np.arange(len(p)), [CODE[character] for character in text[1:]]]


# %%
# `fit` would take all epochs in one go. `partial_fit` takes one at a time, so that the validation
# part can be looked at after each. The loss is in nats: divided by log(2), it is in bits. That of
# the training part is averaged over the epoch, while the weights still move.

print()
print("bits per character   training part   validation part")
curves = []
for epoch in range(1, N_EPOCHS + 1):
    model.partial_fit(X, y, classes=ALPHABET)
    curves.append([model.loss_ / np.log(2), bits(probabilities_by_network(validation))])
    print(f"after epoch {epoch}" + "{:21.3f}{:18.3f}".format(*curves[-1]))

# %%
# On the test part, too, the network needs fewer bits than the counts. The difference is not large,
# and on the validation part it needed more after the first epochs.
# Counting takes far less time, and so it should be tried first. The two also err in different ways.
# The counts know phrases by heart; the network need not have seen a group of characters to say what
# may follow. The mean of their probabilities does better than either.

test_by_counts = probabilities_by_counts(tables, test)
by_counts, by_network = test_by_counts[order - 1], probabilities_by_network(test)
print()
print("bits per character of the test part")
print(f"counts of order {order}:    {bits(by_counts):6.3f}")
print(f"the network:          {bits(by_network):6.3f}")
print(f"the mean of the two:  {bits((by_counts + by_network) / 2):6.3f}")
n_counts = sum(np.count_nonzero(counts) for table in tables[:order] for counts in table.values())
print(f"numbers kept: {n_counts} counts, {model.parameters_.flat.size} parameters of the network")

# %%
# How much of what it has read does the network make use of? Here it begins anew at many places of
# the test part, and bits are averaged by the number of characters that it has read since. The first
# few matter most, and beyond the length of a window hardly anything is gained: so short a training
# teaches words and what they stand next to, not what a paragraph is about. Where both have read but
# a few characters, the counts do better: in training, a sequence began only once in an epoch, and
# so the network had little practice in beginnings.

LONGEST = 256
n_read = np.array([1, 2, 3, 4, 5, 6, 8, 16, 32, 64, 128])  # and more, up to the next one
pieces = sliding_window_view(list(test), LONGEST + 1)[::64]
p = model.predict_proba(np.array([one_hot(piece[:-1]) for piece in pieces]))
following = np.array([[CODE[character] for character in piece[1:]] for piece in pieces])
costs = -np.log2(np.take_along_axis(p, following[:, :, None], axis=2)).mean(axis=(0, 2))
bits_by_read = np.add.reduceat(costs, n_read - 1) / np.diff(n_read, append=LONGEST + 1)
counts_by_read = [bits(p) for p in test_by_counts[1:]]  # order n reads n - 1 characters
print()
print("bits per character of the test part, after at least so many characters")
print("           " + "".join(f"{n:7}" for n in n_read))
print("counts     " + "".join(f"{value:7.3f}" for value in counts_by_read))
print("network    " + "".join(f"{value:7.3f}" for value in bits_by_read))

# %%
# A language model can write: draw a character from the probabilities, read it as the next step,
# and so on. A stream keeps the state of the network between the steps, so that each costs the same,
# however long the text has become. The counts only need the last characters.


def write_by_network(start, n_characters):
    text, stream = start, model.stream()
    p = stream.update(one_hot(start))  # several steps at once
    for _ in range(n_characters):
        text += ALPHABET[rng.choice(len(ALPHABET), p=p)]
        p = stream.update(one_hot(text[-1]))
    return text


def write_by_counts(start, n_characters):
    text = start
    for _ in range(n_characters):
        *_, p = distributions(tables[:order], text[-order:])
        text += ALPHABET[rng.choice(len(ALPHABET), p=p)]
    return text


for title, write in (("the network", write_by_network), ("the counts", write_by_counts)):
    print()
    print(f"{title} would write:")
    print(textwrap.fill(write("the ", 400), width=80))

figure, (training, reading) = plt.subplots(1, 2, figsize=(9, 5.5), layout="constrained")
epochs = range(1, N_EPOCHS + 1)
for label, values in zip(("training part", "validation part"), np.transpose(curves), strict=True):
    training.plot(epochs, values, marker="o", label=f"network, {label}")
training.axhline(
    bits_by_order[order - 1],
    color="grey",
    linestyle=":",
    label=f"counts of order {order}, validation part",
)
training.set_xticks(epochs)
training.set(xlabel="epoch", ylabel="bits per character", title="Training")
training.legend()
reading.semilogx(n_read, bits_by_read, marker="o", label="network")
reading.plot(n_read[:5], counts_by_read, marker="s", color="grey", label="counts, by order")
reading.set_xticks(2 ** np.arange(8), 2 ** np.arange(8))
reading.minorticks_off()
reading.set(
    xlabel="characters read", ylabel="bits per character", title="What earlier characters are worth"
)
reading.legend()
plt.show()
