import type { ServerResponse } from 'node:http'

/** A short page of the gateway's own; says nothing that a stranger could use. */
export function page(response: ServerResponse, status: number, title: string, text: string): void {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}</style><h1>${title}</h1><p>${text}</p></html>`
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    ...(status === 503 || status === 502 ? { 'retry-after': '10' } : {}),
    connection: 'close',
  })
  response.end(body)
}
