import { z } from 'zod'

/** The keys of an app's config.yaml that its rating depends on, with the Supervisor's defaults (apps/validate.py). */
const rated = z.object({
  apparmor: z.boolean().default(true),
  ingress: z.boolean().default(false),
  ports: z.record(z.string(), z.number().nullable()).default({}),
  auth_api: z.boolean().default(false),
  privileged: z.array(z.string()).default([]),
  kernel_modules: z.boolean().default(false),
  hassio_role: z
    .enum(['default', 'homeassistant', 'backup', 'manager', 'admin'])
    .default('default'),
  host_network: z.boolean().default(false),
  host_pid: z.boolean().default(false),
  host_uts: z.boolean().default(false),
  docker_api: z.boolean().default(false),
  full_access: z.boolean().default(false),
})

const dangerous = new Set([
  'BPF',
  'CHECKPOINT_RESTORE',
  'DAC_READ_SEARCH',
  'NET_ADMIN',
  'NET_RAW',
  'PERFMON',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_PTRACE',
  'SYS_RAWIO',
])

/**
 * The security rating that Home Assistant shows for an app, 1 to 8 (home-assistant/supervisor, supervisor/apps/utils.py,
 * `rating_security`, 2026). `profile`: the app brings an AppArmor profile of its own.
 */
export function rating(config: unknown, profile: boolean): number {
  const app = rated.parse(config)
  const open = Object.values(app.ports).some((port) => port !== null)
  const isDangerous = app.privileged.some((each) => dangerous.has(each)) || app.kernel_modules
  if (app.docker_api || app.full_access) return 1
  const sum =
    5 +
    (app.apparmor ? (profile ? 1 : 0) : -1) +
    (app.ingress || (!app.host_network && !open) ? 2 : app.auth_api ? 1 : 0) +
    (isDangerous ? -1 : 0) +
    (app.hassio_role === 'admin' ? -2 : app.hassio_role === 'manager' ? -1 : 0) +
    (app.host_network ? -1 : 0) +
    (app.host_pid ? -2 : 0) +
    (app.host_uts && app.privileged.includes('SYS_ADMIN') ? -1 : 0)
  return Math.max(1, Math.min(8, sum))
}
