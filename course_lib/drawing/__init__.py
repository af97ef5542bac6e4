"""What draws: networks, graphs and curves. One quantity has one colour in all of them; nothing imports this part."""

from course_lib.drawing._canvas import COLOURS, SIGNS
from course_lib.drawing.curves import draw_convergence, draw_direction_field, draw_training
from course_lib.drawing.graphs import draw_graph
from course_lib.drawing.networks import draw_network

__all__ = [
    "COLOURS",
    "SIGNS",
    "draw_convergence",
    "draw_direction_field",
    "draw_graph",
    "draw_network",
    "draw_training",
]
