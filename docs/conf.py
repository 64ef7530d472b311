"""How Sphinx builds these pages; CONTRIBUTING.md has the commands."""

import os
import subprocess
import sys
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path

from sphinx.errors import ConfigError
from sphinx_gallery.sorting import ExplicitOrder

import skrnn

project = "skrnn"
author = "the skrnn developers"
release = version = skrnn.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "myst_parser",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "node_modules"]
templates_path = ["templates"]
default_role = "py:obj"  # single backticks, as in docstrings: a link if the name is public, or code
autodoc_typehints = "none"  # numpydoc has the types, in words
numpydoc_show_class_members = False  # the templates say which methods are shown
toc_object_entries_show_parents = "hide"  # "fit()", beside the page of its class

# The processes that run the examples inherit this; it does not reach Sphinx itself.
os.environ["PYTHONWARNINGS"] = "error::DeprecationWarning"
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "generated/gallery",
    "backreferences_dir": "generated/uses",
    "doc_module": ("skrnn",),
    "within_subsection_order": ExplicitOrder(
        [  # first what is seldom found elsewhere, then problems as they come, then what is inside
            "plot_row_by_row.py",
            "plot_attributions.py",
            "plot_code_tagger.py",
            "plot_sunspots_band.py",
            "plot_grid_search.py",
            "plot_stream_of_chunks.py",
            "plot_digits.py",
            "plot_subjects.py",
            "plot_gaps.py",
            "plot_stack_steps.py",
            "plot_variable_length.py",
            "plot_forecast_sunspots.py",
            "plot_character_model.py",
            "plot_vanishing_gradients.py",
            "plot_truncation.py",
            "plot_gradient_clipping.py",
            "plot_cells.py",
            "plot_adding_problem.py",
            "plot_bptt_by_hand.py",
            "*",
        ]
    ),
    "parallel": 2,  # processes: each example keeps to one core
    "capture_repr": (),
    "write_computation_times": False,
}

html_theme = "pydata_sphinx_theme"
html_favicon = "favicon.svg"
html_context = {"default_mode": "auto"}  # light or dark, as the reader's screen is
html_title = f"skrnn {version}"
html_show_sourcelink = False
mathjax_path = "tex-svg.js"  # one file, fonts and all

HERE = Path(__file__).parent
RUNTIME = "node_modules/onnxruntime-web/dist/"
FROM_NPM = [
    "node_modules/mathjax/es5/tex-svg.js",
    RUNTIME + "ort.wasm.min.mjs",
    RUNTIME + "ort-wasm-simd-threaded.mjs",
    RUNTIME + "ort-wasm-simd-threaded.wasm",
]
if missing := [file for file in FROM_NPM if not (HERE / file).is_file()]:
    raise ConfigError(f"npm install --prefix docs --no-package-lock brings {', '.join(missing)}")
html_static_path = ["pages.css", "draw", "generated/draw", *FROM_NPM]
html_css_files = ["pages.css"]
html_theme_options = {
    "navigation_with_keys": False,
    "show_prev_next": False,
    "header_links_before_dropdown": 8,
    "navbar_persistent": ["search-button"],  # a field takes a second line at 1,024 pixels
}
# No column beside pages that have no others below them, nor beside the cards that say the same.
SINGLE = ("index", "getting_started", "generated/gallery/index", "api", "coming_from", "changes")
html_sidebars = {page: [] for page in (*SINGLE, "from_networks")}


def show_defaults(app, what, name, obj, options, signature, returns):
    """Show the defaults that are made anew for each object, in place of "<factory>"."""
    for field in fields(obj) if signature and is_dataclass(obj) else ():
        if field.default_factory is not MISSING:
            signature = signature.replace("<factory>", repr(field.default_factory()), 1)
    return signature, returns


def export_model(app, config):
    """Fit and write the model of the page where digits are drawn."""
    command = [sys.executable, HERE / "draw" / "export.py", HERE / "generated" / "draw"]
    subprocess.run(command, check=True)


def setup(app):
    """Register the above."""
    app.connect("config-inited", export_model, priority=0)  # before static files are looked for
    app.connect("autodoc-process-signature", show_defaults)
