import { html } from 'hono/html'

import type { Html } from './words.ts'

export type Frame = {
  readonly title: string
  /** Before every path; empty outside of ingress. */
  readonly base: string
  readonly version: string
  /** What the visitor may open besides; the current one is marked. */
  readonly pages: readonly { readonly path: string; readonly title: string }[]
  readonly current: string
  /** The script looks for news, and puts them into the page. */
  readonly refresh: boolean
}

/** One whole page: a heading, the way to the others, and what it is about. */
export const layout = (frame: Frame, main: Html): Html =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="same-origin" />
        <title>${frame.title} · Gatehouse</title>
        <link rel="icon" href="${frame.base}/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="${frame.base}/style.css?${frame.version}" />
        <script src="${frame.base}/script.js?${frame.version}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">to the content</a>
        <header>
          <a class="name" href="${frame.base}/"
            ><img src="${frame.base}/icon.svg" alt="" width="28" height="28" />Gatehouse</a
          >
          <nav aria-label="pages">
            ${frame.pages.map(
              ({ path, title }) =>
                html`<a
                  href="${frame.base}${path}"
                  ${path === frame.current ? html`aria-current="page"` : ''}
                  >${title}</a
                >`,
            )}
          </nav>
        </header>
        <main id="main" ${frame.refresh ? html`data-refresh` : ''}>${main}</main>
        <footer>Gatehouse ${frame.version}</footer>
      </body>
    </html>`

/** A page that says one thing: who may not see more, what did not work, what is done. */
export const message = (
  frame: Frame,
  heading: string,
  says: string,
  more: Html | string = '',
): Html =>
  layout(
    frame,
    html`<section class="card message">
      <h1>${heading}</h1>
      <p>${says}</p>
      ${more}
    </section>`,
  )
