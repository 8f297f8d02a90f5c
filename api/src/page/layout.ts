import { VERSION } from '../version.ts';
import { Html, html, type HtmlValue } from './html.ts';
import { PAGE_STYLE } from './page-style.ts';

/** A file of its own around its content, with what its plots need beside the page's style. */
export function renderFile(title: string, moreStyle: string, content: HtmlValue): string {
  const style = new Html(`<style>${PAGE_STYLE}${moreStyle}</style>`);
  const document = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · StepFit</title>
        <link rel="icon" href="data:," />
        ${style}
      </head>
      <body>
        <header><strong>StepFit</strong><span class="quiet">${VERSION}</span></header>
        <main>${content}</main>
      </body>
    </html> `;
  return document.toString();
}

export interface PageColumn<Row> {
  readonly title: string;
  readonly isNumber?: boolean;
  readonly cell: (row: Row) => HtmlValue;
}

/** An accessible table: a caption says what it is, headings say of what. */
export function renderPageTable<Row>(
  caption: string,
  rows: readonly Row[],
  columns: readonly PageColumn<Row>[],
  isChosen: (row: Row) => boolean = () => false,
): Html {
  const headings = columns.map(
    ({ title, isNumber }) => html`<th scope="col" ${classOf(isNumber)}>${title}</th>`,
  );
  const lines = rows.map(
    (row) =>
      html`<tr${isChosen(row) ? html` class="chosen"` : ''}>${columns.map(
        ({ cell, isNumber }, index) => html`<td${classOf(isNumber, index)}>${cell(row)}</td>`,
      )}</tr>\n`,
  );
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headings}
        </tr>
      </thead>
      <tbody>
        ${lines}
      </tbody>
    </table>
  </div>`;
}

function classOf(isNumber: boolean | undefined, index?: number): Html | undefined {
  if (isNumber === true) return html` class="number"`;
  return index === 0 ? html` class="name"` : undefined;
}

/** A heading with a list under it, or nothing where there is nothing to list. */
export function renderList(title: string, items: readonly string[]): Html | undefined {
  return items.length === 0
    ? undefined
    : html`<h2>${title}</h2>
        <ul>
          ${items.map((item) => html`<li>${item}</li> `)}
        </ul>`;
}
