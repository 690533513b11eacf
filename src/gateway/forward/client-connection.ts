import type { TLSSocket } from 'node:tls'

import type { Peer } from '../admission/peers.ts'
import { refusals, type Refusal } from '../http/refusal.ts'
import type { RequestHead } from '../http/request-head.ts'
import { RequestReader, type RequestSink } from '../http/request-reader.ts'
import type { Refusal as Reason } from '../counters.ts'
import { plainPath } from '../metrics/access-line.ts'
import type { Trace } from '../metrics/trace.ts'
import * as pages from '../pages.ts'
import { isSignIn } from '../sign-in-guard.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { Exchange } from './exchange.ts'
import type { Forwarding } from './forwarding.ts'
import { LastSeen } from './last-seen.ts'
import { BodyPace, patienceFor, Stall, type Doing } from './patience.ts'
import { visitorAt, type Visitor } from './visitor.ts'

/** "Going away" (RFC 6455 section 7.4.1), so that the app comes back instead of waiting. */
const goingAway = Buffer.from([0x88, 0x02, 0x03, 0xe9])

/** An admitted connection: reads its requests one at a time, and has each answered before the next. */
export class ClientConnection implements RequestSink {
  readonly socket: TLSSocket
  readonly peer: Peer
  exchange: Exchange | undefined
  /** After the exchange under way the connection is closed. */
  lastExchange = false
  /** Somebody follows this connection. */
  readonly trace: Trace | undefined
  /** Of everything that was written, without TLS. */
  bytesOut = 0
  readonly #shared: Forwarding
  readonly #reader = new RequestReader(this)
  readonly #host = new LastSeen<Upstream>()
  readonly #visitor = new LastSeen<Visitor>()
  #local: Visitor | undefined
  #upstreamOf: Forwarding['upstreamOf'] | undefined
  #stash: Buffer | undefined
  /** Answers wait for a visitor who does not take them: until then nothing more is read. */
  #owes = false
  #closing = false
  /** When what it waits for now began. */
  #since: number
  readonly #pace = new BodyPace()
  readonly #stall = new Stall()

  constructor(socket: TLSSocket, peer: Peer, shared: Forwarding, trace: Trace | undefined) {
    this.socket = socket
    this.trace = trace
    this.peer = peer
    this.#shared = shared
    this.#since = shared.now
    socket.on('data', (chunk: Buffer) => this.#data(chunk))
    socket.on('drain', () => {
      if (this.exchange) this.exchange.visitorDrained()
      else if (this.#owes) this.#next()
    })
    socket.on('close', () => {
      this.#closing = true
      this.#dropExchange()
      trace?.tell({ is: 'closed' })
    })
  }

  #data(chunk: Buffer): void {
    this.#shared.ledger.counters.bytesIn += chunk.length
    if (this.exchange?.tunnelled === true) {
      this.#since = this.#shared.now
      this.exchange.fromVisitor(chunk)
    } else this.#take(chunk)
  }

  #take(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length && !this.#closing) {
      if (this.#owes || (this.exchange && !this.#reader.inBody)) {
        this.#keep(chunk.subarray(at))
        return
      }
      const fresh = !this.#reader.inHead
      at = this.#reader.feed(chunk, at, chunk.length)
      this.exchange?.sendRequest()
      if (fresh && this.#reader.inHead) this.#since = this.#shared.now
    }
  }

  /** The next request waits until this one is answered. */
  #keep(bytes: Buffer): void {
    // Before the answer to its handshake nobody speaks WebSocket (RFC 6455 section 4.1).
    if (this.exchange?.webSocket === true) {
      this.#shared.ledger.malformed(this.peer.address, 'bad-upgrade')
      this.socket.destroy()
      return
    }
    this.#stash = this.#stash ? Buffer.concat([this.#stash, bytes]) : bytes
    if (this.#stash.length > this.#shared.limits.pipelinedBytes) this.socket.pause()
  }

  // What the reader reads

  head(head: RequestHead): void {
    const shared = this.#shared
    shared.ledger.counters.requests++
    // Names may have got other services since.
    if (this.#upstreamOf !== shared.upstreamOf) this.#host.forget()
    this.#upstreamOf = shared.upstreamOf
    const upstream = this.#host.of(head, head.hostField, shared.upstreamOf)
    if (!upstream) {
      this.#refuse('wrong-host', pages.wrongHost, head)
      return
    }
    const visitor = this.#visitorOf(head)
    if (!visitor) {
      this.#refuse('no-visitor-address', pages.noVisitor, head)
      return
    }
    let wait = 0
    if (head.method === 'POST' && isSignIn(head.targetText())) {
      const verdict = shared.signIns.attempt(visitor.address, shared.now)
      if (verdict.is === 'refuse') {
        this.#refuse('sign-in', pages.tooManySignIns(verdict.seconds), head)
        return
      }
      if (verdict.is === 'wait') wait = verdict.ms
    }
    this.trace?.tell({
      is: 'request',
      method: head.method,
      path: plainPath(head.targetText()),
      visitor: visitor.address,
    })
    this.#pace.begins(shared.now)
    const exchange = new Exchange(this, shared, upstream, head, visitor)
    this.exchange = exchange
    if (wait === 0) exchange.start()
    else {
      shared.ledger.counters.slowedSignIns++
      exchange.startIn(wait)
    }
  }

  body(bytes: Buffer, from: number, to: number): void {
    this.#pace.bytes += to - from
    this.exchange?.requestBody(bytes, from, to)
  }

  end(): void {
    this.#since = this.#shared.now
    this.exchange?.requestEnd()
  }

  refused(refusal: Refusal): void {
    this.#shared.ledger.malformed(this.peer.address, refusal)
    this.trace?.tell({ is: 'refused', because: refusal })
    // In the middle of a body the answer may be under way.
    if (this.exchange && !this.exchange.waitsForAnswer) {
      this.socket.destroy()
      return
    }
    this.#dropExchange()
    this.#sayLast(pages.malformed(refusals[refusal]), false, true)
  }

  /** The visitor's address: what the edge says of it, exactly once and valid; at home the peer itself. */
  #visitorOf(head: RequestHead): Visitor | undefined {
    if (this.peer.kind !== 'edge') return (this.#local ??= visitorAt(this.peer.address))
    if (head.visitorField === -1 || head.visitorsDiffer) return undefined
    return this.#visitor.of(head, head.visitorField, this.#shared.visitorOf)
  }

  #refuse(because: Reason, page: pages.Page, head: RequestHead): void {
    this.#count(because)
    this.#sayLast(page, pages.wantsHtml(head.text()), head.method !== 'HEAD')
  }

  #count(because: Reason): void {
    this.#shared.ledger.refused(this.peer.address, because)
    this.trace?.tell({ is: 'refused', because })
  }

  // What is written

  /**
   * `bytes` may be used again at once. A free TLS socket encrypts what it is given before `write` returns (Node's
   * tls_wrap.cc, TLSWrap::DoWrite; `tls-write.test.ts` holds it); what has to wait is copied.
   */
  send(bytes: Buffer, from: number, to: number): void {
    const { socket } = this
    this.#shared.ledger.counters.bytesOut += to - from
    this.bytesOut += to - from
    const piece = bytes.subarray(from, to)
    socket.write(socket.writableLength === 0 ? piece : Buffer.from(piece))
    this.#since = this.#shared.now
  }

  answer(page: pages.Page, html: boolean, body: boolean, close: boolean): void {
    const bytes = pages.pageResponse(page, { html, body, close })
    this.send(bytes, 0, bytes.length)
  }

  #sayLast(page: pages.Page, html: boolean, body: boolean): void {
    this.answer(page, html, body, true)
    this.hangUp()
  }

  /** The exchange is over; is there another? */
  finished(close: boolean): void {
    this.exchange = undefined
    this.#since = this.#shared.now
    if (close || this.lastExchange || this.#reader.inBody) {
      this.hangUp()
      return
    }
    if (this.socket.writableNeedDrain) {
      this.#owes = true
      this.socket.pause()
    } else this.#next()
  }

  #next(): void {
    this.#owes = false
    const stash = this.#stash
    if (this.socket.isPaused()) this.socket.resume()
    if (!stash) return
    this.#stash = undefined
    this.#take(stash)
  }

  /** Sends what there is to send, reads nothing more. */
  hangUp(): void {
    if (this.#closing) return
    this.#closing = true
    this.#reader.stop()
    this.#stash = undefined
    this.#since = this.#shared.now
    this.socket.end()
    this.socket.resume()
  }

  /** As soon as nothing is under way: at once, or after the answer. */
  retire(): void {
    this.lastExchange = true
    if (this.exchange?.tunnelled === true) {
      this.send(goingAway, 0, goingAway.length)
      this.#dropExchange()
      this.hangUp()
    } else if (!this.exchange) this.hangUp()
  }

  #dropExchange(): void {
    this.exchange?.abandon()
    this.exchange = undefined
  }

  // What takes too long; looked at every second

  sweep(): void {
    const { now, limits } = this.#shared
    const doing = this.#doing
    if (doing !== 'closing' && this.#stall.isOver(this.socket, now, limits)) this.socket.destroy()
    else if (doing === 'body') {
      if (this.#pace.isTooSlow(now, this.socket.isPaused(), limits)) this.#giveUp(doing)
    } else if (now - this.#since > patienceFor(doing, this.peer.kind, limits)) this.#giveUp(doing)
  }

  get #doing(): Doing {
    if (this.#closing) return 'closing'
    if (this.exchange?.tunnelled === true) return 'web-socket'
    if (this.#reader.inBody) return 'body'
    if (this.exchange) return 'answer'
    return this.#reader.inHead ? 'head' : 'nothing'
  }

  #giveUp(doing: Doing): void {
    const answered = this.exchange?.waitsForAnswer === false
    switch (doing) {
      case 'closing':
      case 'web-socket':
        this.socket.destroy()
        break
      case 'body':
        this.#dropExchange()
        this.#tooSlow(answered)
        break
      case 'answer':
        if (answered) this.socket.destroy()
        else this.exchange?.giveUp()
        break
      case 'head':
        this.#tooSlow(false)
        break
      case 'nothing':
        this.hangUp()
    }
  }

  #tooSlow(answered: boolean): void {
    this.#count('too-slow')
    if (answered) this.socket.destroy()
    else this.#sayLast(pages.tooSlow, false, true)
  }
}
