import type { Secret } from '../../core/secret.ts'

/** How one Home Assistant is reached, and who may sign in there. */
export type Access = {
  /**
   * As this machine reaches it, without a trailing slash. Its http settings may turn http into https on the same
   * port; that is found out.
   */
  readonly url: string
  /** A long-lived access token of an administrator. */
  readonly token: Secret | undefined
  /** The public names: its certificate, where it has one, is made for one of them rather than for the host of `url`. */
  readonly names: readonly string[]
  /** SHA-256 of the certificates that we put there ourselves, whoever issued them. */
  readonly ours: () => Promise<readonly string[]>
  /** Where its configuration.yaml is, if this machine sees it. */
  readonly configurationFolder: string | undefined
}

/** One that is only looked at from outside. */
export const withoutToken = (url: string): Access => ({
  url,
  token: undefined,
  names: [],
  ours: () => Promise.resolve([]),
  configurationFolder: undefined,
})
