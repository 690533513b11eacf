import { Option, type Command } from 'commander'

import { routerKinds } from '../config/settings.ts'
import { command, group, type Common, type Perform } from './command.ts'

/** Commands that belong together under one word: who is told, the certificate, the token, the gateway, the firewall. */
export function addCommandGroups(program: Command, perform: Perform): void {
  const notify = group(program, 'notify', 'who is told when something opens or is mended')
  command(notify, 'test', 'send a test message on every way that is configured').action(
    (options: Common) =>
      perform(options, async (context) => (await import('./notify.ts')).notifyTestCommand(context)),
  )

  const certificate = group(
    program,
    'certificate',
    'the certificate, beside what `apply` and `run` do by themselves',
  )
  command(certificate, 'renew', 'get a new certificate with a new key now')
    .option('-y, --yes', 'do not ask', false)
    .action((options: Common & { yes: boolean }) =>
      perform(options, async (context) =>
        (await import('./certificate.ts')).renewCommand(context, options),
      ),
    )
  command(
    certificate,
    'revoke',
    'where somebody may have read the key: get a new certificate, and revoke the one in use',
  )
    .option('-y, --yes', 'do not ask', false)
    .action((options: Common & { yes: boolean }) =>
      perform(options, async (context) =>
        (await import('./certificate.ts')).revokeCommand(context, options),
      ),
    )

  const token = group(program, 'token', 'the API token for Cloudflare')
  command(token, 'url', 'print the page at Cloudflare that makes the token')
    .option('--setup', 'a token for one `apply`, which may change rules and settings', false)
    .action((options: Common & { setup: boolean }) =>
      perform(options, async (context) =>
        (await import('./token.ts')).tokenUrlCommand(context, options),
      ),
    )
  command(
    token,
    'check',
    'say what the token may do, what it lacks, and what it should not be able to do',
  ).action((options: Common) =>
    perform(options, async (context) => (await import('./token.ts')).tokenCheckCommand(context)),
  )

  const gateway = group(program, 'gateway', 'what the gateway of the running keeper sees')
  command(gateway, 'show', 'what is open, how fast answers are, and who is refused').action(
    (options: Common) =>
      perform(options, async (context) => (await import('./gateway.ts')).gatewayCommand(context)),
  )
  command(
    gateway,
    'trace <address>',
    'follow the next connection of a visitor, step by step, until it is closed',
  ).action((address: string, options: Common) =>
    perform(options, async (context) =>
      (await import('./gateway.ts')).traceCommand(context, address),
    ),
  )

  const firewall = group(program, 'firewall', 'the rule for the router')
  command(firewall, 'show', 'print the exact rule to enter in the router')
    .addOption(
      new Option(
        '--for <kind>',
        'the kind of router, where the configuration does not say it',
      ).choices(routerKinds),
    )
    .action((options: Common & { for?: (typeof routerKinds)[number] }) =>
      perform(options, async (context) =>
        (await import('./firewall.ts')).firewallCommand(context, options.for),
      ),
    )
}
