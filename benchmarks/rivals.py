"""
The usual ways to train a recurrent classifier with PyTorch, an epoch at a time.

Both have the cell and the units that skrnn has by default, a linear map of the last state, Adam
with a learning rate of 0.001, shuffled batches of 32 and gradients clipped at norm 1.
"""

import math
import time

import numpy as np
import torch
from skorch import NeuralNetClassifier
from skorch.callbacks import GradientNormClipping
from speed import Network

from skrnn import RNNSequenceClassifier

LEARNING_RATE, BATCH_SIZE, CLIP, MAX_EPOCHS = 1e-3, 32, 1.0, 100


def make_network(X, y, *, batch_first):
    """Return a network that computes in the precision of X."""
    default = RNNSequenceClassifier()
    (n_units,), n_classes = default.hidden_layer_sizes, int(y.max()) + 1
    network = Network(default.cell, X.shape[2], n_units, n_classes, batch_first=batch_first)
    return network.to(torch.from_numpy(X).dtype)


def train_torch(X, y):
    """Train in a plain loop; after each epoch, yield a function that predicts."""
    x, targets = torch.from_numpy(X).transpose(0, 1).contiguous(), torch.from_numpy(y)
    network = make_network(X, y, batch_first=False)
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)
    loss_of = torch.nn.CrossEntropyLoss()

    def predict(X):
        with torch.no_grad():
            parts = torch.from_numpy(X).transpose(0, 1).split(256, 1)
            return torch.cat([network(part).argmax(1) for part in parts]).numpy()

    while True:
        for batch in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss_of(network(x[:, batch]), targets[batch]).backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), CLIP)
            optimizer.step()
        yield predict


def train_skorch(X, y):
    """Train the way skorch's users do; after each epoch, yield a function that predicts."""
    net = NeuralNetClassifier(
        make_network(X, y, batch_first=True),
        criterion=torch.nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=LEARNING_RATE,
        batch_size=BATCH_SIZE,
        max_epochs=1,
        iterator_train__shuffle=True,
        callbacks=[GradientNormClipping(CLIP)],
        train_split=None,
        verbose=0,
    )
    while True:
        net.partial_fit(X, y)
        yield net.predict


RIVALS = {"torch": train_torch, "skorch": train_skorch}


def seconds_until(level, rival, data, seed, max_epochs=MAX_EPOCHS):
    """Return the CPU seconds of training after which the test accuracy first is at a level."""
    classes, y_train = np.unique(data.y_train, return_inverse=True)
    torch.manual_seed(seed)
    epochs, seconds = RIVALS[rival](data.X_train, y_train), 0.0
    for _ in range(max_epochs):
        start = time.process_time()
        predict = next(epochs)
        seconds += time.process_time() - start
        if np.mean(classes[predict(data.X_test)] == data.y_test) >= level:
            return seconds
    return math.inf
