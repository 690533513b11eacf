import { wordsOf, type Notice, type Notifier } from '../../core/notice.ts'

/** Calls one service (an action, as its pages say now) of Home Assistant. */
export type CallService = (
  domain: string,
  service: string,
  data: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
) => Promise<void>

/**
 * Notifications in Home Assistant's own pages. Each code has one of its own, which is replaced when it is told
 * again and goes away when it is mended.
 */
export const homeAssistantNotifier = (call: CallService): Notifier => ({
  name: 'Home Assistant',
  async notify(notice, signal) {
    const id = { notification_id: idOf(notice) }
    if (notice.is === 'mended') {
      await call('persistent_notification', 'dismiss', id, signal)
      return
    }
    const { title, text } = wordsOf(notice)
    await call('persistent_notification', 'create', { ...id, title, message: text }, signal)
  },
})

/** Stable, and of the letters of an identifier there. */
const idOf = ({ code }: Notice): string => `gatehouse_${code.replaceAll(/[^a-z0-9]+/gu, '_')}`
