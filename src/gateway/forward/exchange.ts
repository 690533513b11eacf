import type { Refusal } from '../http/refusal.ts'
import type { RequestHead } from '../http/request-head.ts'
import type { ResponseHead } from '../http/response-head.ts'
import { plainPath, type AccessLine } from '../metrics/access-line.ts'
import * as pages from '../pages.ts'
import type { UpstreamConnection, UpstreamUser } from '../upstream/upstream-connection.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { AnswerWriter } from './answer-writer.ts'
import type { ClientConnection } from './client-connection.ts'
import type { Forwarding } from './forwarding.ts'
import { towardsHome } from './towards-home.ts'
import type { Visitor } from './visitor.ts'

const endOfChunks = '0\r\n\r\n'

/** May be sent a second time when a connection turns out to be closed (RFC 9110 section 9.2.1). */
const isSafe = (method: string): boolean =>
  method === 'GET' || method === 'HEAD' || method === 'OPTIONS' || method === 'PROPFIND'

/** One request and its answer, between a visitor's connection and one to an upstream. */
export class Exchange implements UpstreamUser {
  readonly method: string
  readonly webSocket: boolean
  readonly startedAt: number
  readonly upstream: Upstream
  /** 0: there is no answer yet. */
  status = 0
  /** The connection has become a WebSocket. */
  tunnelled = false
  requestDone = false
  readonly #client: ClientConnection
  readonly #shared: Forwarding
  readonly #request: Buffer
  readonly #chunkedRequest: boolean
  readonly #bodiless: boolean
  readonly #closeAsked: boolean
  readonly #bytesBefore: number
  readonly #writer: AnswerWriter
  /** Undefined unless somebody keeps a log. */
  readonly #line: Pick<AccessLine, 'host' | 'path' | 'visitor'> | undefined
  #connection: UpstreamConnection | undefined
  #unsent = true
  #waiting: Buffer[] | undefined
  #timer: NodeJS.Timeout | undefined
  #closeAfter = false
  #upstreamCloses = false
  #answerDone = false
  #paused = false

  constructor(
    client: ClientConnection,
    shared: Forwarding,
    upstream: Upstream,
    head: RequestHead,
    visitor: Visitor,
  ) {
    this.#client = client
    this.#shared = shared
    this.upstream = upstream
    this.method = head.method
    this.webSocket = head.webSocket
    this.startedAt = performance.now()
    this.#chunkedRequest = head.framing === 'chunked'
    this.#bodiless = head.framing === 'none'
    this.#closeAsked = head.close
    this.#bytesBefore = client.bytesOut
    this.#writer = new AnswerWriter(client)
    this.#line = shared.accessLog && {
      host: head.valueText(head.hostField).toLowerCase(),
      path: plainPath(head.targetText()),
      visitor: visitor.address,
    }
    // The last that is asked of the head.
    this.#request = towardsHome(head, visitor.statement)
  }

  /** The upstream has not begun to answer. */
  get waitsForAnswer(): boolean {
    return this.status === 0
  }

  start(): void {
    this.#use(this.upstream.take(false))
  }

  /** Starts later: what comes of the body until then waits here. */
  startIn(ms: number): void {
    this.#waiting = []
    this.#client.socket.pause()
    this.#timer = setTimeout(() => {
      const waiting = this.#waiting ?? []
      this.#waiting = undefined
      this.start()
      for (const bytes of waiting) this.requestBody(bytes, 0, bytes.length)
      if (this.requestDone) this.requestEnd()
      this.sendRequest()
      this.#client.socket.resume()
    }, ms)
  }

  #use(connection: UpstreamConnection): void {
    this.#client.trace?.tell({ is: 'sent-home', reusedConnection: connection.reused })
    this.#connection = connection
    this.#unsent = true
    connection.use(this)
    connection.reader.expect(this.method, this.webSocket, this)
  }

  // From the visitor

  requestBody(bytes: Buffer, from: number, to: number): void {
    const piece = bytes.subarray(from, to)
    if (this.#waiting) {
      this.#waiting.push(piece)
      return
    }
    const socket = this.#connection?.socket
    if (!socket) return
    socket.cork()
    this.sendRequest()
    if (this.#chunkedRequest) socket.write(`${(to - from).toString(16)}\r\n`, 'latin1')
    let free = socket.write(piece)
    if (this.#chunkedRequest) free = socket.write('\r\n', 'latin1')
    socket.uncork()
    if (!free) this.#client.socket.pause()
  }

  requestEnd(): void {
    this.requestDone = true
    if (this.#waiting || !this.#connection) return
    if (this.#chunkedRequest) {
      this.sendRequest()
      this.#connection.socket.write(endOfChunks, 'latin1')
    }
  }

  /** Sends the head unless it went with the body. */
  sendRequest(): void {
    if (!this.#unsent || !this.#connection || this.#waiting) return
    this.#unsent = false
    this.#connection.socket.write(this.#request)
  }

  fromVisitor(bytes: Buffer): void {
    if (this.#connection && !this.#connection.socket.write(bytes)) this.#client.socket.pause()
  }

  /** The visitor's connection is gone. */
  abandon(): void {
    clearTimeout(this.#timer)
    this.#connection?.destroy()
    this.#connection = undefined
  }

  visitorDrained(): void {
    if (!this.#paused) return
    this.#paused = false
    this.#connection?.socket.resume()
  }

  // From the upstream

  head(head: ResponseHead): void {
    if (head.status < 200 && head.status !== 101) {
      this.#writer.interim(head)
      return
    }
    this.status = head.status
    this.#client.trace?.tell({ is: 'answer', status: head.status })
    this.#closeAfter = this.#closeAsked || this.#shared.draining || this.#client.lastExchange
    this.#upstreamCloses = head.close
    if (head.status === 101) {
      this.tunnelled = true
      this.#shared.ledger.counters.webSockets++
      this.#log()
    }
    this.#writer.head(head, this.#closeAfter && head.status !== 101)
  }

  body(bytes: Buffer, from: number, to: number): void {
    this.#writer.body(bytes, from, to)
  }

  end(): void {
    this.#answerDone = true
    this.#writer.end()
  }

  refused(refusal: Refusal): void {
    const { counters } = this.#shared.ledger
    counters.refused['upstream-malformed']++
    this.#client.trace?.tell({ is: 'refused', because: `the upstream's answer: ${refusal}` })
    this.#fail(pages.badAnswer)
  }

  flush(bytes: Buffer, rest: number, end: number): void {
    if (!this.#connection) return
    this.#writer.flush(bytes)
    if (this.tunnelled && rest < end) this.#client.send(bytes, rest, end)
    else if (this.#answerDone) {
      this.#complete(rest < end)
      return
    }
    if (this.#client.socket.writableNeedDrain) {
      this.#paused = true
      this.#connection.socket.pause()
    }
  }

  drain(): void {
    this.#client.socket.resume()
  }

  gone(error: Error | undefined): void {
    const connection = this.#connection
    this.#connection = undefined
    if (!connection || this.#answerDone) return
    if (this.tunnelled) this.#client.hangUp()
    else if (this.status !== 0)
      // An answer that broke off must not look complete.
      this.#client.socket.destroy()
    else if (connection.reused && this.#bodiless && isSafe(this.method)) {
      this.#use(this.upstream.take(true))
      this.sendRequest()
    } else {
      this.#shared.ledger.counters.refused['upstream-down']++
      const { upstream } = this
      const { explain, serviceOf } = this.#shared
      this.#answer(
        pages.down(
          serviceOf(upstream),
          upstream.health.is === 'down' || error === undefined ? upstream.health : { is: 'up' },
          explain(upstream),
        ),
      )
    }
  }

  /** It took too long to answer. */
  giveUp(): void {
    this.#shared.ledger.counters.refused['upstream-down']++
    this.#fail(pages.noAnswerInTime(this.#shared.serviceOf(this.upstream)))
  }

  #fail(page: pages.Page): void {
    this.#connection?.destroy()
    this.#connection = undefined
    this.#writer.drop()
    if (this.status !== 0) this.#client.socket.destroy()
    else this.#answer(page)
  }

  #answer(page: pages.Page): void {
    this.status = page.status
    this.#answerDone = true
    const close = !this.requestDone || this.#closeAsked || this.#shared.draining
    this.#client.answer(
      page,
      pages.wantsHtml(this.#request.toString('latin1')),
      this.method !== 'HEAD',
      close,
    )
    this.#done(close)
  }

  #complete(extra: boolean): void {
    const connection = this.#connection
    this.#connection = undefined
    if (this.#paused) connection?.socket.resume()
    // What stands behind a whole answer belongs to nobody; half a request would be the beginning of the next.
    if (!connection) return
    if (this.#upstreamCloses || extra || !this.requestDone) connection.destroy()
    else this.upstream.giveBack(connection, this.#shared.now)
    this.#done(this.#closeAfter || !this.requestDone)
  }

  #done(close: boolean): void {
    const now = performance.now()
    this.#shared.now = now
    this.#shared.ledger.answered(this.status, now - this.startedAt)
    this.#log()
    this.#client.finished(close)
  }

  #log(): void {
    const bytes = this.#client.bytesOut - this.#bytesBefore
    this.#client.trace?.tell({ is: 'answered', status: this.status, bytes })
    if (!this.#line) return
    this.#shared.accessLog?.({
      at: new Date(),
      ...this.#line,
      peer: this.#client.peer.address,
      method: this.method,
      status: this.status,
      ms: Math.round(performance.now() - this.startedAt),
      bytes,
      webSocket: this.webSocket,
    })
  }
}
