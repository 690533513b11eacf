import type { Settings } from '../config/settings.ts'
import { addressOf, isLoopback } from '../core/address.ts'
import { errorCode, Problem } from '../core/problem.ts'
import type { LocalServer } from '../server/local.ts'
import type { Panel } from '../server/panel.ts'
import type { Door } from '../server/visitor.ts'
import type { Context } from './context.ts'
import { version } from './version.ts'

/** The page as long as the command lasts, where the configuration wants one. Throws Problem `page/port-taken`. */
export async function servePage(
  { page }: Settings,
  panel: Panel,
  { now }: Context,
): Promise<LocalServer | undefined> {
  if (page.listen === undefined) return undefined
  const { host, port } = page.listen
  // Only who wants a page pays for what makes it.
  const { startLocalServer } = await import('../server/local.ts')
  try {
    return await startLocalServer({
      listen: page.listen,
      door: doorOf(page, host),
      hosts: page.names,
      version,
      panel,
      now,
    })
  } catch (error) {
    throw errorCode(error) === 'EADDRINUSE'
      ? new Problem('page/port-taken', `another program listens on ${host}:${port}`, {
          hint: 'stop it, or let the page listen elsewhere with page.listen',
          cause: error,
        })
      : error
  }
}

function doorOf({ ingressFrom }: Settings['page'], host: string): Door {
  if (ingressFrom !== undefined) return { is: 'ingress', from: ingressFrom }
  const address = addressOf(host)
  const stays = host === 'localhost' || (address !== undefined && isLoopback(address))
  return stays ? { is: 'loopback' } : { is: 'network' }
}
