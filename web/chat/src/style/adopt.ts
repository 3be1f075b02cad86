// Styles of parts that are loaded late. A stylesheet that a script makes needs no leave of the
// page's policy, other than a style element.

const adopted = new Set<string>()

/** adopt adds a stylesheet to the page, once. */
export function adopt(text: string): void {
  if (adopted.has(text)) return
  adopted.add(text)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(text)
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]
}
