import { giveAll } from './give-all.ts'
import { api } from './api.ts'

giveAll('api', api)
