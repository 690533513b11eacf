import { heartbeat } from '../adapters/notify/heartbeat.ts'
import { composeNotifiers } from '../compose/notifiers.ts'
import type { Settings } from '../config/settings.ts'
import type { Notifier } from '../core/notice.ts'
import { Problem, reasonOf } from '../core/problem.ts'
import { exit, type Context, type ExitCode } from './context.ts'
import { sayTested, type Tested } from './say-notify.ts'

/** `gatehouse notify test`: sends a test on every way that is configured, and says which took it. */
export async function notifyTestCommand(context: Context): Promise<ExitCode> {
  const { terminal, paint, json, signal } = context
  const settings = await context.settings()
  const ways = [...composeNotifiers(settings), ...heartbeatOf(settings)]
  if (ways.length === 0)
    throw new Problem('notify/nobody', 'nobody is told of anything', {
      hint: 'set notify.ntfy, notify.email, notify.webhook or home_assistant.token_file in gatehouse.yaml',
      usage: true,
    })
  terminal.progress('sending …')
  const tested = await Promise.all(ways.map((each) => test(each, settings, context)))
  terminal.progressEnds()
  signal.throwIfAborted()
  terminal.out(json ? JSON.stringify({ tested }, null, 2) : sayTested(tested, paint))
  return tested.every(({ taken }) => taken) ? exit.ok : exit.failed
}

async function test(way: Notifier, settings: Settings, context: Context): Promise<Tested> {
  const { name } = way
  const at = context.now().toISOString()
  const says = 'if you read this, messages from Gatehouse reach you'
  const what = { is: 'test', code: 'notify/test', severity: 'notice', link: 'gatehouse' } as const
  try {
    await way.notify(
      { ...what, home: settings.names[0] ?? '', says, hint: null, at },
      context.signal,
    )
    return { name, taken: true, says: null, hint: null }
  } catch (error) {
    const hint = error instanceof Problem ? (error.hint ?? null) : null
    return { name, taken: false, says: reasonOf(error), hint }
  }
}

/** A beat is no message, but whether it arrives is asked in the same breath. */
function heartbeatOf({ telling }: Settings): readonly Notifier[] {
  if (!telling.heartbeat) return []
  const send = heartbeat(telling.heartbeat.url, telling.heartbeat.style)
  return [{ name: 'heartbeat', notify: (_, signal) => send('success', 'a test', signal) }]
}
