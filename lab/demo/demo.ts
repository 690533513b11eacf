import { wrapped } from '../../src/cli/wrap.ts'
import { startWorld, type Finished, type World } from '../world/world.ts'
import { forwardPlainHttp } from './mistakes.ts'

export type DemoOptions = {
  /** Ends when it is through, instead of waiting for a look around. */
  readonly once: boolean
  /** Prints what `verify --json` prints for the finished sandbox, and nothing else. */
  readonly json: boolean
}

/** The true program in a simulated world: plan, apply, prove, break one thing, and catch it. */
export async function startDemo(options: DemoOptions, signal: AbortSignal): Promise<number> {
  const { isTTY, columns } = process.stdout
  const say = (text: string) =>
    options.json ? undefined : console.log(isTTY ? wrapped(text, columns) : text)
  say(introduction)
  const world = await startWorld().catch((error: unknown) => {
    console.error(
      `the sandbox could not start: ${error instanceof Error ? error.message : String(error)}`,
    )
    console.error('hint: it needs the whole loopback network 127.0.0.0/8, as Linux has it')
    return undefined
  })
  if (!world) return 1
  try {
    return await tour(world, options, say, signal)
  } finally {
    await world.close()
  }
}

async function tour(
  world: World,
  options: DemoOptions,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const command = async (argv: readonly string[]): Promise<Finished> => {
    say(`\n${bold(`$ gatehouse ${argv.join(' ')}`)}`)
    const finished = await world.run(argv)
    say((finished.stdout + finished.stderr).trimEnd())
    return finished
  }
  await command(['plan'])
  const applied = await command(['apply', '--yes'])
  if (applied.code !== 0) {
    if (options.json) console.error(applied.stdout + applied.stderr)
    return 1
  }
  say(`\n${bold('$ gatehouse run &')}`)
  await world.start(['run'], /serves/)
  const proven = await world.run(['verify', '--json'])
  if (options.json) {
    console.log(proven.stdout.trimEnd())
    return proven.code ?? 1
  }
  await command(['verify'])

  say(
    `\n${rule}\nNow a mistake that thousands make: somebody forwards port 8123 of the router straight to Home Assistant.`,
  )
  const mistake = await forwardPlainHttp(world)
  const caught = await command(['verify'])
  await mistake.close()
  say(`\n${rule}\nThe forward is gone again, and a second \`gatehouse plan\` has nothing to do:`)
  const settled = await command(['plan'])
  const worked = proven.code === 0 && caught.code === 2 && settled.code === 0
  say(
    `\n${rule}\n${worked ? 'All of this was the true program; only the world around it was simulated.' : 'The sandbox did not end as it should have.'}`,
  )
  if (!options.once && worked) await lookAround(world, signal)
  return worked ? 0 : 1
}

async function lookAround(world: World, signal: AbortSignal): Promise<void> {
  const environment = `NODE_EXTRA_CA_CERTS=${world.environment['NODE_EXTRA_CA_CERTS'] ?? ''}`
  console.log(`
It keeps running for a look around. In another terminal, in this folder:

  ${environment} npm run gatehouse -- verify --config ${world.configuration}

  through the edge:  curl -k --resolve ha.example.com:8443:${world.addresses.edge} https://ha.example.com:8443/manifest.json
  as a stranger:     curl -k --interface ${world.addresses.stranger} https://${world.addresses.home}:8443/

Ctrl-C ends it and removes everything.`)
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
}

const bold = (text: string): string => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[22m` : text)

const rule = '─'.repeat(78)

const introduction = `This is a sandbox. Cloudflare, the certificate authority, Home Assistant and the places outside are
simulated on this machine; Gatehouse itself is the true program, and nothing leaves the machine.`
