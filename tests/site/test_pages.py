"""Each built page loads, whole, from its own host."""

BROKEN = """
() => Promise.all([...document.images].map((image) => {
  image.loading = "eager";
  return image.decode().then(() => null, () => image.src);
})).then((broken) => broken.filter(Boolean))
"""
TEX = r"""
async () => {
  if (window.MathJax) await MathJax.startup.promise;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("pre, code, script, style")
        && /\\[()[\]]|\\[a-zA-Z]+[{_^ ]|\$\$/.test(walker.currentNode.data))
      found.push(walker.currentNode.data);
  const undrawn = [...document.querySelectorAll(".math:not(:has(mjx-container))")];
  const wrong = [...document.querySelectorAll("[data-mml-node=merror]")];
  return [...found, ...[...undrawn, ...wrong].map((node) => node.outerHTML)];
}
"""
HEADER = """
() => [...document.querySelectorAll("header a, header button")]
  .map((node) => node.getBoundingClientRect())
  .filter((box) => box.height && box.right > 0)
  .map((box) => (box.top + box.bottom) / 2)
"""


def test_a_page_is_whole(visit, each_page):
    page, wrong = visit(each_page)
    assert page.evaluate(BROKEN) == []
    assert page.evaluate(TEX) == []
    assert wrong == []


def test_equations_are_drawn(visit):
    page, _ = visit("bptt.html")
    page.evaluate("() => MathJax.startup.promise")
    sizes = "(nodes) => nodes.map((node) => node.getBoundingClientRect().width)"
    widths = page.eval_on_selector_all("mjx-container svg", sizes)
    assert len(widths) > 30
    assert min(widths) > 3


def test_the_header_fits_one_line(visit):
    page, _ = visit("index.html")
    middles = page.evaluate(HEADER)
    assert len(middles) > 5
    assert max(middles) - min(middles) < 10


def test_the_fields_of_a_class_fit_a_phone(visit):
    page, _ = visit("generated/api/skrnn.RNNSequenceClassifier.html")
    desk = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    rights = page.eval_on_selector_all(
        ".field-list dt", "(nodes) => nodes.map((node) => node.getBoundingClientRect().right)"
    )
    page.set_viewport_size(desk)
    assert len(rights) > 30
    assert max(rights) <= 390
