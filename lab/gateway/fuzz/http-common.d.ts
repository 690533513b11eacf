// Node documents neither; what is declared here is what lib/_http_server.js of Node 24 does with it.
declare module 'node:_http_common' {
  export const methods: readonly string[]
  export class HTTPParser {
    static readonly REQUEST: 1
    static readonly RESPONSE: 2
    static readonly kLenientNone: 0
    static readonly kOnHeaders: 1
    static readonly kOnHeadersComplete: 2
    static readonly kOnBody: 3
    static readonly kOnMessageComplete: 4
    1: (fields: readonly string[], target: string) => void
    2: (
      major: number,
      minor: number,
      fields: readonly string[] | undefined,
      method: number | undefined,
      target: string | undefined,
      status: number | undefined,
    ) => 0 | 1 | 2
    3: (bytes: Buffer) => void
    4: () => void
    initialize(type: 1 | 2, resource: object, maxHeaderSize: number, lenient: number): void
    execute(bytes: Buffer): number | (Error & { readonly code?: string })
    finish(): unknown
    free(): void
  }
}
