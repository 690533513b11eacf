import { wordsOf, type Notice, type Notifier } from '../../core/notice.ts'
import type { Secret } from '../../core/secret.ts'
import { post } from './post.ts'

export type NtfyOptions = {
  /** The server: `https://ntfy.sh`. */
  readonly url: string
  /** Whoever knows the name of a topic of ntfy.sh reads it. */
  readonly topic: Secret
  readonly token: Secret | undefined
}

/** Publishes as JSON (ntfy docs, "Publish as JSON"): headers would not carry every letter. */
export const ntfy = ({ url, topic, token }: NtfyOptions): Notifier => ({
  name: 'ntfy',
  async notify(notice, signal) {
    const { title, text } = wordsOf(notice)
    await post(
      new URL(url),
      {
        headers: {
          'content-type': 'application/json',
          ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
        },
        body: JSON.stringify({
          topic: topic.reveal(),
          title,
          message: text,
          priority: priorityOf(notice),
          tags: [tagOf(notice)],
        }),
      },
      signal,
    )
  },
})

/** 1 to 5; 3 is the usual, 4 makes the phone vibrate longer (ntfy docs, "Message priority"). */
function priorityOf({ is, severity }: Notice): number {
  if (is !== 'opened') return 3
  return { broken: 4, weak: 3, notice: 2 }[severity]
}

/** Short codes that ntfy shows as a picture before the title. */
function tagOf({ is, severity }: Notice): string {
  if (is !== 'opened') return 'white_check_mark'
  return { broken: 'rotating_light', weak: 'warning', notice: 'information_source' }[severity]
}
