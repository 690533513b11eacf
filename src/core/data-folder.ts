/** Where things lie in the data folder. The folder has mode 0700, every file in it 0600. */
export const dataFolder = (root: string) => ({
  root,
  /** ACME account key and URL, one folder per authority. */
  account: `${root}/account`,
  certificate: {
    folder: `${root}/certificate`,
    /** A symlink to the folder of the pair in use: switching it switches both files at once. */
    chain: `${root}/certificate/live/fullchain.pem`,
    key: `${root}/certificate/live/privkey.pem`,
  },
  pulls: {
    folder: `${root}/pulls`,
    /** The authorities whose client certificates the gateway accepts, one or (while rotating) two; no keys. */
    authorities: `${root}/pulls/ca.pem`,
    /** Our client certificate at the edge, with its key. */
    leaf: `${root}/pulls/leaf.pem`,
    /** Which client certificates have arrived: fingerprint to date. */
    seen: `${root}/pulls/seen.json`,
  },
  /** What the gateway demands: `{"pulls":"off"|"optional"|"required"}`. */
  gateway: `${root}/gateway.json`,
  /** The certificate for which Home Assistant was restarted last. */
  restarted: `${root}/home-assistant-restarted.json`,
  /** There while Gatehouse restarts Home Assistant. */
  restarting: `${root}/home-assistant-restarting.json`,
  /** The last plausible ranges of Cloudflare. */
  ranges: `${root}/ranges.json`,
  /** Which users of Home Assistant showed that they have a second factor, and when. */
  secondFactor: `${root}/second-factor.json`,
  /** Journal of changes, history of proofs. */
  database: `${root}/gatehouse.sqlite`,
  /** Where the keeper answers while it runs. */
  control: `${root}/gatehouse.sock`,
  /** Process id of whoever hosts the gateway now. */
  host: `${root}/host.pid`,
})

export type DataFolder = ReturnType<typeof dataFolder>
