import type { Address, Range } from '../../core/address.ts'
import type { Fact } from '../../core/fact.ts'

export type Settings = Readonly<Record<string, unknown>>

export type Desired = {
  /** From where Home Assistant sees Gatehouse, where that was said: an address, or the network of which it has one. */
  readonly proxy: Range | undefined
  readonly externalUrl: string
  /** Where TLS ends: with `home-assistant` it has the certificate, and its proxies are Cloudflare's ranges. */
  readonly tls: 'gateway' | 'home-assistant'
  readonly edgeRanges: readonly string[]
  /** What once was among them: whoever has it now is not to be believed. */
  readonly formerRanges: readonly string[]
  /** With `tls: home-assistant`: the pair, as Home Assistant names the files. */
  readonly files: { readonly certificate: string; readonly key: string } | undefined
  /** When it may be restarted: minutes after midnight, local time. `undefined`: at once. */
  readonly restartWindow: { readonly from: number; readonly to: number } | undefined
}

export type HttpState = {
  readonly stable: Settings
  /** With an error it lies there and does nothing; without one it is tried at the next start, or on trial. */
  readonly pending:
    | {
        readonly settings: Settings
        readonly error: string | undefined
        readonly because: string | undefined
      }
    | undefined
  readonly onTrial: boolean
}

export type Outside = {
  readonly isHomeAssistant: boolean
  readonly onboarded: boolean
  readonly acceptsProxy: boolean
  /** Whether it takes the visitor whom the proxy names for that visitor. */
  readonly believesProxy: boolean | undefined
  /** It lets that visitor choose a user without a password. */
  readonly offersTrustedNetworks: boolean
  readonly seesUsAs: Address | undefined
  /** What it serves; `undefined`: plain HTTP. */
  readonly certificate:
    | {
        readonly fingerprint: string
        readonly notAfter: Date
        /** Made by Home Assistant itself, because it could not use its own. */
        readonly isEmergency: boolean
      }
    | undefined
}

/** The pair that lies where Home Assistant reads it: checked, for every name and in time. */
export type Pair = { readonly fingerprint: string }

export type Inside = {
  readonly version: string
  readonly externalUrl: string | undefined
  readonly recoveryMode: boolean
  /** `undefined`: the settings live in YAML (before 2026.8). */
  readonly http: HttpState | undefined
  readonly repairs: readonly string[]
  /** From where requests came that Home Assistant refused because of their forwarding headers. */
  readonly refusedPeers: readonly Address[]
}

/** `http:` in Home Assistant's configuration (before 2026.8). */
export type Yaml = {
  /** The file that has `http:`, or where it would go; relative to the configuration folder. */
  readonly file: string
  /** True: the file is the block itself (`http: !include file`). */
  readonly included: boolean
  readonly text: string
  /** What was there before a change that was not finished. */
  readonly before: string | undefined
  /** What was there before the last change. */
  readonly backup: string | undefined
}

export type Observed = {
  readonly outside: Fact<Outside>
  /** `unknown`: nobody signed in. */
  readonly inside: Fact<Inside>
  /** `absent`: the configuration folder is not to be seen from here, or the world is not that of YAML. */
  readonly yaml: Fact<Yaml>
  /** The peer that Home Assistant named in its log when it refused us just now. */
  readonly refusedAs: Address | undefined
  /** `absent`: TLS ends elsewhere, or nothing lies there. */
  readonly pair: Fact<Pair>
  /** The pair for which it was restarted already; it may serve another one nevertheless. */
  readonly restartedFor: string | undefined
  /** Minutes after midnight, local time. */
  readonly minuteOfDay: number
}

/**
 * What has to be seen before new settings are kept: that Home Assistant takes us for its proxy, that it serves the
 * certificate, or that it answers at all. What comes through the edge is looked at besides, where that leads here.
 */
export type Expects = 'proxy' | 'certificate' | 'answer'

export type Do =
  /** Nothing is published before Home Assistant has an owner: refused until then. */
  | { readonly verb: 'await-owner' }
  /** Stage, wait for the restart, probe, promote: one transaction. Unconfirmed, Home Assistant undoes it. */
  | {
      readonly verb: 'set-http'
      readonly was: Settings
      readonly now: Settings
      readonly expects: Expects
    }
  /** Edit, check, restart, probe, or put back: one transaction. The texts may hold secrets: only their digests are kept. */
  | {
      readonly verb: 'set-yaml'
      readonly file: string
      readonly changes: BlockChanges
      readonly was: string
      readonly now: string
      readonly expects: Expects
    }
  | {
      readonly verb: 'restore-yaml'
      readonly file: string
      readonly was: string
      readonly now: string
    }
  /** It reads its certificate only when it starts. */
  | { readonly verb: 'restart'; readonly was: string | undefined; readonly now: string }
  | {
      readonly verb: 'set-external-url'
      readonly was: string | undefined
      readonly now: string | undefined
    }

/** What is to be added to the http settings, set in them, or (in the store alone) taken out of them. */
export type BlockChanges = {
  readonly proxies: readonly string[]
  readonly set: Readonly<Record<string, string>>
  readonly gone?: readonly string[]
}

export type Port = {
  outside(signal: AbortSignal): Promise<Outside>
  inside(signal: AbortSignal): Promise<Inside>
  httpState(signal: AbortSignal): Promise<HttpState | undefined>
  whyNotRestart(signal: AbortSignal): Promise<string | undefined>
  /** `undefined` takes back what is staged. */
  stage(
    settings: Settings | undefined,
    signal: AbortSignal,
  ): Promise<'restarts' | 'unchanged' | 'busy' | 'lost'>
  promote(signal: AbortSignal): Promise<'done' | 'refused' | 'lost'>
  restart(atMostMs: number, signal: AbortSignal): Promise<void>
  waitFor(
    wished: (state: HttpState) => boolean,
    atMostMs: number,
    signal: AbortSignal,
  ): Promise<HttpState>
  setExternalUrl(url: string | undefined, signal: AbortSignal): Promise<void>
  readonly yaml: YamlFiles | undefined
  /** What became of a harmless request to the name through the edge; `undefined`: it does not lead here (yet). */
  throughEdge(signal: AbortSignal): Promise<'refused' | 'answered' | undefined>
  /** `undefined`: nothing lies there. Throws Problem `certificate/…` where it must not be used. */
  pair(): Promise<Pair | undefined>
  /** Says, while the work lasts, that it is we who restart Home Assistant. */
  whileRestarting<T>(work: () => Promise<T>): Promise<T>
  /** Kept for good: the pair for which Home Assistant was restarted last. */
  restartedFor(): Promise<string | undefined>
  noteRestart(fingerprint: string): Promise<void>
  now(): Date
}

/** The configuration folder of Home Assistant; names are relative to it. */
export type YamlFiles = {
  read(name: string): Promise<string | undefined>
  list(folder: string): Promise<readonly string[]>
  write(name: string, text: string): Promise<void>
  rename(from: string, to: string): Promise<void>
}
