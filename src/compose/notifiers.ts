import { callService } from '../adapters/home-assistant/service.ts'
import { email } from '../adapters/notify/email.ts'
import { homeAssistantNotifier } from '../adapters/notify/home-assistant.ts'
import { ntfy } from '../adapters/notify/ntfy.ts'
import { webhook } from '../adapters/notify/webhook.ts'
import type { Settings } from '../config/settings.ts'
import { dataFolder } from '../core/data-folder.ts'
import type { Notifier } from '../core/notice.ts'
import { homeAssistantOf } from './home-assistant-port.ts'

/** Every way to reach a person that the owner wishes. */
export function composeNotifiers(settings: Settings): readonly Notifier[] {
  const { telling } = settings
  const { session } = homeAssistantOf(settings, dataFolder(settings.data))
  return [
    telling.homeAssistant &&
      settings.homeAssistant.token &&
      homeAssistantNotifier(callService(session)),
    telling.ntfy && ntfy(telling.ntfy),
    telling.email && email(telling.email),
    telling.webhook && webhook(telling.webhook.url, telling.webhook.secret),
  ].filter((each) => typeof each === 'object')
}
