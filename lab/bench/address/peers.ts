import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { StoryHome } from '../../stories/home.ts'
import type { ToolName } from '../../toolbox/catalogue.ts'
import { tool } from '../../toolbox/tool.ts'
import { withFile } from '../../toolbox/with-file.ts'

/** Somebody else's updater, unmodified, as a home has it: only that it looks more often. */
export type Peer = {
  readonly name: string
  readonly tool: ToolName
  /** How often it looks as it comes, and here, in seconds. */
  readonly defaultSeconds: number
  readonly seconds: number
  /** Its configuration file, and the words behind its program. */
  configuration(at: PeerAt): string
  words(file: string, folder: string): readonly string[]
}

type PeerAt = {
  readonly name: string
  readonly token: string
  readonly roots: string
  readonly seconds: number
}

export const peers: readonly Peer[] = [
  {
    name: 'ddclient',
    tool: 'ddclient',
    // /etc/default/ddclient of Debian: daemon_interval="5m"; it refuses less than a minute.
    defaultSeconds: 300,
    seconds: 60,
    configuration: ({ name, token, roots, seconds }) =>
      [
        `ssl_ca_file=${roots}`,
        'ssl=yes',
        // Five minutes between two updates as it comes, scaled like its looks.
        `min-interval=${seconds - 1}`,
        'protocol=cloudflare',
        'usev4=webv4, webv4=https://api.cloudflare.com/cdn-cgi/trace, webv4-skip=ip=',
        'zone=example.com',
        'login=token',
        `password=${token}`,
        name,
        '',
      ].join('\n'),
    words: (file, folder) => [
      '-foreground',
      '-daemon=60',
      `-file=${file}`,
      `-cache=${join(folder, 'ddclient.cache')}`,
      `-pid=${join(folder, 'ddclient.pid')}`,
    ],
  },
  {
    name: 'inadyn',
    tool: 'inadyn',
    // inadyn.conf(5), "period": 600 as it comes, and no less than 30.
    defaultSeconds: 600,
    seconds: 30,
    configuration: ({ name, token, roots, seconds }) =>
      [
        `period = ${seconds}`,
        `ca-trust-file = "${roots}"`,
        'provider cloudflare.com {',
        '  username = example.com',
        `  password = ${token}`,
        `  hostname = ${name}`,
        '  ttl = 1',
        '  proxied = true',
        '  checkip-server = api.cloudflare.com',
        '  checkip-path = "/cdn-cgi/trace"',
        '  checkip-ssl = true',
        '}',
        '',
      ].join('\n'),
    words: (file, folder) => [
      '--foreground',
      `--config=${file}`,
      `--cache-dir=${join(folder, 'inadyn')}`,
      `--pidfile=${join(folder, 'inadyn.pid')}`,
      '--loglevel=notice',
    ],
  },
]

/** Starts it on the home's machine, or says why it is not to be had. */
export async function startPeer(
  peer: Peer,
  story: StoryHome,
): Promise<{ stop(): Promise<void> } | { readonly missing: string }> {
  const program = await tool(peer.tool)
  if ('missing' in program) return program
  const { folder } = story.net
  const { token } = await story.cloud.facts()
  const file = join(folder, `${peer.name}.conf`)
  const at = { name: story.name, token, roots: join(folder, 'roots.pem'), seconds: peer.seconds }
  await writeFile(file, peer.configuration(at), { mode: 0o600 })
  await mkdir(join(folder, 'inadyn'), { recursive: true })
  const words = withFile('/etc/hosts', join(folder, 'hosts'), [
    ...program.command,
    ...peer.words(file, folder),
  ])
  const child = story.net.home.start(words, { stdio: ['ignore', 'ignore', 'ignore'] })
  return { stop: () => stopped(child) }
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const late = setTimeout(() => child.kill('SIGKILL'), 3000)
  await gone
  clearTimeout(late)
}
