import type { FindingCode } from '../../core/codes.ts'

export type WantedSetting = {
  readonly id: string
  readonly value: string
  /** Values that are as good or better. */
  readonly accepts: readonly string[]
  readonly says: string
  readonly code: FindingCode | undefined
}

/** What Cloudflare only has for the whole zone. Home Assistant is dead without the first. */
export const wantedSettings: readonly WantedSetting[] = [
  {
    id: 'websockets',
    value: 'on',
    accepts: ['on'],
    says: 'WebSockets on',
    code: 'edge/websockets-off',
  },
  {
    id: 'min_tls_version',
    value: '1.2',
    accepts: ['1.2', '1.3'],
    says: 'TLS 1.2 or later for visitors',
    code: 'edge/min-tls',
  },
  { id: 'tls_1_3', value: 'on', accepts: ['on', 'zrt'], says: 'TLS 1.3 on', code: undefined },
]
