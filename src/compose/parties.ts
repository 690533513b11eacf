import type { Settings } from '../config/settings.ts'

/** Whose host that is, in the words of the metrics. */
export function partiesOf(settings: Settings): (host: string) => string {
  const { telling, certificate } = settings
  const parties = new Map<string, string>()
  const add = (party: string, url: string | undefined): void => {
    if (url !== undefined && URL.canParse(url)) parties.set(new URL(url).hostname, party)
  }
  add('webhook', telling.webhook?.url.reveal())
  add('heartbeat', telling.heartbeat?.url.reveal())
  add('ntfy', telling.ntfy?.url)
  add('vantage', settings.vantage?.url)
  add('home-assistant', settings.homeAssistant.url)
  add('authority', certificate.stagingDirectory)
  add('authority', certificate.directory)
  add('cloudflare', settings.cloudflare.baseUrl)
  return (host) => parties.get(host.replaceAll(/[[\]]/g, '')) ?? 'other'
}
