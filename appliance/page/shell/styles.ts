/**
 * xterm.js writes its colours into `<style>` elements and `style` attributes, which the page's `style-src 'self'` stops.
 * Both are given to it as something the policy allows: style sheets and style objects of scripts. Its option
 * `documentOverride` would be the place for that, but parts of version 6 ask the global document all the same.
 */

/**
 * From now on a `<style>` made by a script of this page is a style sheet, and a span's `style` attribute its style object:
 * what the policy would otherwise stop, and nothing else.
 */
export function allowMadeStyles(): void {
  document.createElement = createElement as typeof document.createElement;
}

function createElement(name: string): HTMLElement {
  const element = Document.prototype.createElement.call(document, name === 'style' ? 'template' : name);
  if (name === 'style') actAsStyle(element);
  else if (name === 'span') element.setAttribute = setAttribute;
  return element;
}

/** Text given to it is in effect as a style sheet until it is removed. */
function actAsStyle(element: HTMLElement): void {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(element, 'textContent', {
    set: (text: string) => void sheet.replaceSync(text),
  });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    Element.prototype.remove.call(element);
  };
}

/** A `style` attribute is stopped; the same text given to the style object is not. */
function setAttribute(this: HTMLElement, name: string, value: string): void {
  if (name === 'style') this.style.cssText = value;
  else Element.prototype.setAttribute.call(this, name, value);
}
