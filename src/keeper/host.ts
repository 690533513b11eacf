import { unlink } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'

import { writeAtomic } from '../adapters/system/files.ts'
import {
  originFiles,
  readGatewayFiles,
  type GatewayFiles,
} from '../adapters/system/gateway-files.ts'
import { lineLog } from '../adapters/system/line-log.ts'
import { restartUnderWay } from '../adapters/system/restart-under-way.ts'
import { watchFolders } from '../adapters/system/watch.ts'
import type { Settings } from '../config/settings.ts'
import type { Range } from '../core/address.ts'
import type { DataFolder } from '../core/data-folder.ts'
import { hours } from '../core/duration.ts'
import { errorCode, Problem, reasonOf } from '../core/problem.ts'
import { startGateway, type Gateway } from '../gateway/gateway.ts'
import type { GatewayEvent } from '../gateway/setup.ts'

export type Hosted = AsyncDisposable & {
  /** False where another process of ours hosts the gateway already. */
  readonly started: boolean
  readonly gateway: Gateway | undefined
}

export type HostOptions = {
  readonly edgeRanges: () => Promise<readonly Range[]>
  readonly now: () => Date
  /** What the gateway tells, besides what is kept of it. */
  readonly tell?: ((event: GatewayEvent) => void) | undefined
  /** What goes wrong while it runs (a damaged file, say); the gateway goes on with what it had. */
  readonly problem: (error: unknown) => void
}

/**
 * Runs the gateway with what the data folder says, and follows every change of it without a restart:
 * a new certificate, another mode of pulls, another authority.
 *
 * Throws Problem `gateway/port-taken` when somebody else listens there.
 */
export async function hostGateway(
  settings: Settings,
  folder: DataFolder,
  options: HostOptions,
): Promise<Hosted> {
  const served = async () => {
    const edgeRanges = await options.edgeRanges()
    return { ...fromFiles(readGatewayFiles(folder, options.now())), edgeRanges }
  }
  let before = await served()
  const origin = originFiles(folder)
  const restart = restartUnderWay(folder, options.now)
  const isOther = (name: string) => settings.gateway.also.some((each) => each.name === name)
  let explained: string | undefined
  const accessLog =
    settings.gateway.accessLog === undefined
      ? undefined
      : lineLog(settings.gateway.accessLog, options.problem)
  let gateway: Gateway
  try {
    gateway = await startGateway({
      ...before,
      listen: settings.gateway.listen,
      names: settings.names,
      localRanges: settings.gateway.local,
      upstream: settings.homeAssistant.url,
      also: settings.gateway.also,
      limits: settings.gateway.limits,
      explain: (name) => (isOther(name) ? undefined : explained),
      accessLog: accessLog?.write,
      onEvent(event) {
        options.tell?.(event)
        if (event.is !== 'pulls-seen') return
        origin.recordSeen(event.fingerprint, options.now()).catch(options.problem)
      },
    })
  } catch (error) {
    await accessLog?.close()
    if (errorCode(error) === 'EADDRINUSE' && hostIsAlive(folder)) return notHosted
    throw listenProblem(error, settings)
  }
  await writeAtomic(folder.host, `${process.pid}\n`)

  const takeOver = async (): Promise<void> => {
    explained = restart.isUnderWay() ? weRestartIt : undefined
    const now = await served()
    if (isDeepStrictEqual(now, before)) return
    before = now
    gateway.update(now)
  }
  // Changes are taken over one after the other, the last one last.
  let following = Promise.resolve()
  const follow = () => {
    following = following.then(takeOver).catch(options.problem)
  }
  const watching = watchFolders(
    [folder.root, folder.certificate.folder, folder.pulls.folder],
    follow,
  )
  // What a date decides changes without any file: who is replaced by now, and whose certificate has ended.
  const asTimePasses = setInterval(() => {
    follow()
    gateway.update({})
  }, hours(1)).unref()
  return {
    started: true,
    gateway,
    async [Symbol.asyncDispose]() {
      watching[Symbol.dispose]()
      clearInterval(asTimePasses)
      await following
      await gateway.close()
      await accessLog?.close()
      await unlink(folder.host).catch(() => undefined)
    },
  }
}

/** For visitors, while nothing answers. */
const weRestartIt = 'Gatehouse is restarting it, which takes a minute or two.'

/** Nobody listens here: another process does, or Home Assistant itself ends TLS. */
export const notHosted: Hosted = {
  started: false,
  gateway: undefined,
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

const fromFiles = ({ certificate, mode, authorities, revoked }: GatewayFiles) => ({
  ...(certificate === undefined ? {} : { certificate }),
  pulls: { mode, authorities, revoked },
})

/** Is the process that wrote the pid file still there? */
function hostIsAlive(folder: DataFolder): boolean {
  try {
    process.kill(Number(readFileSync(folder.host, 'utf8')), 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

function listenProblem(error: unknown, settings: Settings): unknown {
  const places = settings.gateway.listen.map(({ host, port }) => `${host}:${port}`).join(', ')
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new Problem('gateway/port-taken', `another program listens on ${places}`, {
        hint: 'stop it, or let the gateway listen elsewhere with gateway.listen',
        cause: error,
      })
    case 'EACCES':
      return new Problem('gateway/port-refused', `this user may not listen on ${places}`, {
        hint: 'use the systemd unit of the docs, or a port from 1024 up with gateway.listen and router.forward_port',
        cause: error,
      })
    case 'EADDRNOTAVAIL':
      return new Problem(
        'gateway/no-such-address',
        `this machine has none of ${places} (${reasonOf(error)})`,
        {
          hint: 'put an address of this machine into gateway.listen, or 0.0.0.0 and [::]',
          cause: error,
        },
      )
    default:
      return error
  }
}
