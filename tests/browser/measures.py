"""What a finger and an eye need of a page: every control 48 px, every word 16 px (design section 3)."""

from __future__ import annotations

from playwright.sync_api import Page

#: Paper is shown as it is printed; a drawing of a screen says in its name what its small words mean.
NOT_READ = ".vh, .skip, .slip, .poster, svg, script, style, noscript"

#: The box of each line of a link counts; a link inside a sentence may be as short as its word (WCAG 2.5.8, inline).
SMALL_TARGETS = f"""() => {{
  const controls = [...document.querySelectorAll('a[href], button, summary, select, textarea, input:not([type=hidden])')];
  return controls.filter((e) => e.checkVisibility() && !e.closest('{NOT_READ}')).flatMap((e) => {{
    const tick = /radio|checkbox/.test(e.type);
    const inline = getComputedStyle(e).display === 'inline';
    return [...(tick ? e.labels[0] : e).getClientRects()]
      .filter((b) => b.height && (b.height < 47.5 || (!inline && b.width < 47.5)))
      .map((b) => `${{(e.innerText || e.name || e.tagName).trim().slice(0, 40)}}: ${{b.width.toFixed(1)}} x ${{b.height.toFixed(1)}}`);
  }});
}}"""

SMALL_WORDS = f"""() => {{
  const found = new Set();
  const look = (e, words) => {{
    if (words.trim() && e.checkVisibility() && !e.closest('{NOT_READ}') && parseFloat(getComputedStyle(e).fontSize) < 16) {{
      found.add(`${{words.trim().slice(0, 40)}}: ${{getComputedStyle(e).fontSize}}`);
    }}
  }};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) look(texts.currentNode.parentElement, texts.currentNode.data);
  document.querySelectorAll('input:not([type=hidden]), select, textarea').forEach((e) => look(e, e.name || e.id));
  return [...found];
}}"""

OPEN_ALL = "() => document.querySelectorAll('details').forEach((e) => { e.open = true; })"


def too_small(page: Page) -> list[str]:
    """What on this page is too small to be touched or read; what is folded up is opened first."""
    page.evaluate(OPEN_ALL)
    targets, words = page.evaluate(SMALL_TARGETS), page.evaluate(SMALL_WORDS)
    return [f"target {what}" for what in targets] + [f"words {what}" for what in words]
