import { pinned } from './pinned.ts'
import { startChild } from './child.ts'
import { loadPrograms } from './programs.ts'

export type Upstream = {
  readonly host: string
  readonly port: number
  readonly url: string
  /** How many requests for `/bytes` it was sent since it started; the keeper of ours looks at it by others. */
  count(): Promise<number>
  close(): Promise<void>
}

/** The upstream of `c/upstream.c`, which answers `/bytes/N` and echoes over WebSockets. */
export async function startUpstream(
  host: string,
  port: number,
  processor?: number,
): Promise<Upstream> {
  const { upstream } = await loadPrograms()
  const child = startChild(pinned(processor, [upstream, `on=${host}:${port}`]))
  await child.says(/^ready$/mu)
  const url = `http://${host}:${port}`
  return {
    host,
    port,
    url,
    count: async () => Number(await (await fetch(`${url}/count`)).text()),
    close: () => child.stop(),
  }
}
