import { countryRefused } from './country-refused.ts'
import { countryRuleSkipped } from './country-rule-skipped.ts'
import type { Fault } from './fault.ts'
import { foreignRecord } from './foreign-record.ts'
import { httpsRuleGone } from './https-rule-gone.ts'
import { keyReadable } from './key-readable.ts'
import { loginLimitTaken } from './login-limit-taken.ts'
import { noOwner } from './no-owner.ts'
import { port8123Forwarded } from './port-8123-forwarded.ts'
import { proxyNotTrusted } from './proxy-not-trusted.ts'
import { pullsNotDemanded } from './pulls-not-demanded.ts'
import { pullsNotPresented } from './pulls-not-presented.ts'
import { recordGone } from './record-gone.ts'
import { recordLeaksHome } from './record-leaks-home.ts'
import { recordNotProxied } from './record-not-proxied.ts'
import { recoveryMode } from './recovery-mode.ts'
import { rulesUnreadable } from './rules-unreadable.ts'
import { secondWayIn } from './second-way-in.ts'
import { signInWithoutPassword } from './sign-in-without-password.ts'
import { strictRuleGone } from './strict-rule-gone.ts'
import { tokenEnded } from './token-ended.ts'
import { tokenLacksDns } from './token-lacks-dns.ts'
import { tokenTooBroad } from './token-too-broad.ts'
import { webSocketsOff } from './websockets-off.ts'
import { wrongAddress } from './wrong-address.ts'
import { zoneMoved } from './zone-moved.ts'
import { zonePartial } from './zone-partial.ts'
import { zonePaused } from './zone-paused.ts'

/** Every fault of this folder. */
export const faults: readonly Fault[] = [
  countryRefused,
  countryRuleSkipped,
  foreignRecord,
  httpsRuleGone,
  keyReadable,
  loginLimitTaken,
  noOwner,
  port8123Forwarded,
  proxyNotTrusted,
  pullsNotDemanded,
  pullsNotPresented,
  recordGone,
  recordLeaksHome,
  recordNotProxied,
  recoveryMode,
  rulesUnreadable,
  secondWayIn,
  signInWithoutPassword,
  strictRuleGone,
  tokenEnded,
  tokenLacksDns,
  tokenTooBroad,
  webSocketsOff,
  wrongAddress,
  zoneMoved,
  zonePartial,
  zonePaused,
]
