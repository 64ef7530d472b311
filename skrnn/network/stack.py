"""What models of format 1 hold beside their parameters, and nothing reads any more."""


class Stack:
    """The recurrent part of a network."""
