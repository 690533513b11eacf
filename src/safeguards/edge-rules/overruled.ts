import { finding, type Finding } from '../../core/finding.ts'
import { isOurs, type Desired, type FoundRule, type Observed, type Phase } from './types.ts'

/** Rules of others that take from ours what they give: they stay, and are told. */
export function overruled(desired: Desired, { rules }: Observed): Finding[] {
  const about = (phase: Phase, where: 'before' | 'after', takes: (rule: FoundRule) => boolean) => {
    const found = rules[phase]
    const all = found.is === 'known' ? found.value : []
    const ours = all.findIndex(isOurs)
    if (ours < 0) return []
    return (where === 'before' ? all.slice(0, ours) : all.slice(ours + 1)).filter(
      (rule) =>
        rule.enabled && !isOurs(rule) && takes(rule) && mayMatch(rule.expression, desired.names),
    )
  }
  return [
    ...about('http_config_settings', 'after', sets('ssl')).map((rule) =>
      finding(
        'edge/ssl-mode',
        `the rule "${nameOf(rule)}" comes after ours and sets the encryption mode again`,
        moveBefore,
      ),
    ),
    ...about('http_config_settings', 'after', rewrites).map((rule) =>
      finding(
        'edge/rewrites-content',
        `the rule "${nameOf(rule)}" comes after ours and lets the edge rewrite pages again`,
        moveBefore,
      ),
    ),
    ...about('http_request_firewall_custom', 'before', skipsTheRest).map((rule) =>
      finding(
        'edge/country-rule',
        `the rule "${nameOf(rule)}" comes before ours and lets its visitors skip it`,
        'move it behind the rule of Gatehouse, or let it leave out these names',
      ),
    ),
  ]
}

/** In this phase the last matching rule wins. */
const moveBefore = 'move it before the rule of Gatehouse, or let it leave out these names'

const nameOf = ({ description, ref }: FoundRule): string => description || ref

const sets =
  (parameter: string) =>
  ({ action_parameters: given }: FoundRule): boolean =>
    typeof given === 'object' && given !== null && parameter in given

/** What breaks the frontend of Home Assistant where the edge does it. */
const rewriting = ['rocket_loader', 'email_obfuscation', 'mirage']

const rewrites = ({ action_parameters: given }: FoundRule): boolean =>
  typeof given === 'object' &&
  given !== null &&
  rewriting.some((parameter) => Reflect.get(given, parameter) === true)

const skipsTheRest = ({ action, action_parameters: given }: FoundRule): boolean =>
  action === 'skip' &&
  typeof given === 'object' &&
  given !== null &&
  Reflect.get(given, 'ruleset') === 'current'

/** A rule that names other hosts only cannot match; of everything else we do not know. */
const mayMatch = (expression: string, names: readonly string[]): boolean =>
  !/^\(?http\.host (eq|in) /.test(expression) ||
  names.some((name) => expression.includes(`"${name}"`))
