import type { StateFile } from '../state-file.ts'
import type { KeptTables } from './project.ts'
import type { Project } from './state.ts'

/** The tables of one project in a file, and with each change how many ids have been given out. */
export interface KeptProject extends KeptTables {
  /** How many ids were given out in the file's past. */
  idsGiven(): number | undefined
  /** From now on the ids of this project are counted. */
  countIds(project: Pick<Project, 'ids'>): void
}

export function keep(file: StateFile, id: string): KeptProject {
  let counted: Pick<Project, 'ids'> | undefined
  return {
    load: (table) => file.load(id, table),
    note(table, key, record) {
      file.note(id, table, key, record)
      if (counted) file.note(id, 'ids', 'count', counted.ids.count)
    },
    idsGiven: () => new Map(file.load(id, 'ids') as Iterable<[string, number]>).get('count'),
    countIds: (project) => void (counted = project),
  }
}
