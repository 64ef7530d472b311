"""
The mathematics: a recurrent network's forward and backward pass in NumPy.

Notation, valid in every file of this folder::

    T  time steps        B  sequences in a batch     D  inputs per step
    H  hidden units      G  gates of a cell          K  outputs

Arrays are time-major and *columns are sequences*, as in the equation ``W x + U h + b`` of papers,
and every gate is one contiguous block::

    x        (T, D, B)      inputs
    hidden   (T + 1, H, B)  states; hidden[0] is the initial state, hidden[t + 1] follows x[t]
    gates    (T, G * H, B)  pre-activations, then what the cell makes of them, in ONNX's gate order
    W        (G * H, D)     input weights
    U        (G * H, H)     recurrent weights
    b        (G * H,)       bias

``d_name`` is always dLoss/d(name), of the shape of ``name`` or, within a time loop, of one step of
it; nothing else starts with ``d_``.
A backward pass *adds* into the gradients it is given. One-letter names appear only inside a kernel
whose docstring shows the equation.
"""
