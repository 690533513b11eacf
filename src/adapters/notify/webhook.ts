import { createHmac } from 'node:crypto'

import { wordsOf, type Notifier } from '../../core/notice.ts'
import type { Secret } from '../../core/secret.ts'
import { post } from './post.ts'

/**
 * Posts the notice as JSON, with `title` and `text` for whoever only shows it.
 *
 * With a secret, `X-Gatehouse-Signature: sha256=…` is the HMAC-SHA256 of the body, hex, as GitHub and others
 * sign theirs: the receiver knows by it that the notice is from us.
 */
export const webhook = (url: Secret, secret: Secret | undefined): Notifier => ({
  name: 'webhook',
  async notify(notice, signal) {
    const body = JSON.stringify({ ...notice, ...wordsOf(notice) })
    const signature = secret && createHmac('sha256', secret.reveal()).update(body).digest('hex')
    await post(
      new URL(url.reveal()),
      {
        headers: {
          'content-type': 'application/json',
          ...(signature === undefined ? {} : { 'x-gatehouse-signature': `sha256=${signature}` }),
        },
        body,
      },
      signal,
    )
  },
})
