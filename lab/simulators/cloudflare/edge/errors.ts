import type { IncomingMessage, ServerResponse } from 'node:http'

const titles: Readonly<Record<number, string>> = {
  520: 'Web server is returning an unknown error',
  521: 'Web server is down',
  522: 'Connection timed out',
  523: 'Origin is unreachable',
  524: 'A timeout occurred',
  525: 'SSL handshake failed',
  526: 'Invalid SSL certificate',
  1001: 'DNS resolution error',
  1015: 'You are being rate limited',
  1020: 'Access denied',
}

/** A page that the edge makes itself; as RFC 9457 JSON for those who ask for it (since 2026-03). */
export function edgeError(
  code: number,
  text?: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const status = code === 1001 ? 409 : code === 1015 ? 429 : code === 1020 ? 403 : code
  return {
    status,
    write(request: IncomingMessage, response: ServerResponse): void {
      request.resume()
      const wantsJson = /application\/(problem\+)?json/.test(request.headers.accept ?? '')
      const body =
        text ??
        (wantsJson
          ? JSON.stringify({
              type: `https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-${code}/`,
              title: `Error ${code}: ${titles[code] ?? ''}`,
              status,
              error_code: code,
              error_category:
                code >= 525 && code < 530
                  ? 'ssl'
                  : code >= 520 && code < 525
                    ? 'origin'
                    : 'cloudflare',
              ray_id: 'lab',
            })
          : `<!DOCTYPE html><html><head><title>${code}: ${titles[code] ?? ''}</title></head><body>error code: ${code}</body></html>`)
      response.writeHead(status, {
        server: 'cloudflare',
        'cf-ray': `${Date.now().toString(16)}-LAB`,
        'content-type':
          text !== undefined ? 'text/plain' : wantsJson ? 'application/problem+json' : 'text/html',
        ...headers,
      })
      response.end(body)
    },
  }
}
