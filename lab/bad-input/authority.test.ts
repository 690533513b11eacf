import { giveAll } from './give-all.ts'
import { authority } from './authority.ts'

giveAll('authority', authority)
