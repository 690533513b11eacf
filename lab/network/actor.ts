import { once } from 'node:events'

import type { Host } from './namespaces.ts'

// A part of the world must live where its packets come from: in a process of its own, inside a namespace.
// The test talks to it over the channel of the process, so that no packet of the conversation crosses the network.

type Call = { readonly id: number; readonly call: string; readonly args: readonly unknown[] }
type Answer = { readonly id: number; readonly result?: unknown; readonly error?: string }

/** What a process in a namespace lets the test do. Arguments and answers are plain data. */
export type Deeds = Readonly<Record<string, (...args: never[]) => unknown>>

/** The same deeds, seen from the test. */
export type Actor<D extends Deeds> = {
  readonly [K in keyof D]: (...args: Parameters<D[K]>) => Promise<Awaited<ReturnType<D[K]>>>
}

/** Runs `file` on the host; it calls `perform` with its deeds. The first argument of its own is `setup`, as JSON. */
export async function startActor<D extends Deeds>(
  host: Host,
  file: string,
  setup: unknown,
  env: Readonly<Record<string, string>> = {},
): Promise<Actor<D>> {
  const child = host.start([process.execPath, file, JSON.stringify(setup)], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const waiting = new Map<
    number,
    { done: (value: unknown) => void; fail: (error: Error) => void }
  >()
  const lost = (): void => {
    for (const { fail } of waiting.values()) fail(new Error(`${file} on ${host.name} ended`))
    waiting.clear()
  }
  child.once('exit', lost)
  const [hello] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${file} on ${host.name} did not start`)
    }),
  ])) as [Answer]
  if (hello.error !== undefined) throw new Error(`${file} on ${host.name}: ${hello.error}`)

  child.on('message', (message) => {
    const { id, result, error } = message as Answer
    const { done, fail } = waiting.get(id) ?? {}
    waiting.delete(id)
    if (error === undefined) done?.(result)
    else fail?.(new Error(error))
  })
  let last = 0
  const ask = async (call: string, args: readonly unknown[]): Promise<unknown> =>
    await new Promise((done, fail) => {
      if (!child.connected) return fail(new Error(`${file} on ${host.name} is gone`))
      const id = ++last
      waiting.set(id, { done, fail })
      child.send({ id, call, args } satisfies Call)
    })
  return new Proxy({} as Actor<D>, {
    get: (_, name) =>
      // A promise of the actor must not be taken for a thenable.
      name === 'then' || typeof name !== 'string'
        ? undefined
        : async (...args: readonly unknown[]) => await ask(name, args),
  })
}

/** The other side: what the process does when it is asked. `prepare` gets the setup as JSON and is done when everything stands. */
export async function perform(prepare: (setup: string) => Promise<Deeds>): Promise<void> {
  const send = (answer: Answer): void => void process.send?.(answer)
  const complaint = (error: unknown): string =>
    error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.once('disconnect', () => process.exit(0))
  try {
    const deeds = await prepare(process.argv[2] ?? '')
    process.on('message', (message) => {
      const { id, call, args } = message as Call
      void (async () => await deeds[call]?.(...(args as never[])))().then(
        (result) => send({ id, result }),
        (error: unknown) => send({ id, error: complaint(error) }),
      )
    })
    send({ id: 0 })
  } catch (error) {
    send({ id: 0, error: complaint(error) })
    process.disconnect?.()
  }
}
