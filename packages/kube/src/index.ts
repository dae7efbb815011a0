export type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  Patch,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'
export { ApiError, ConnectionError, isAlreadyExists, isConflict, isNotFound, type Status } from './errors.ts'
export type { KubeObject, ObjectKey, ObjectMeta, OwnerReference, Resource, UnknownObject } from './object.ts'
export type { IndexFunction, Store, StoreEvent } from './store.ts'
