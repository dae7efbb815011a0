export { createBackoff, type Backoff, type BackoffOptions } from './backoff.ts'
export type {
  Client,
  DeleteOptions,
  ListOptions,
  ListResult,
  Patch,
  RequestOptions,
  SendOptions,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'
export { sleep, systemClock, type Clock } from './clock.ts'
export { withDeadline, type Deadline } from './deadline.ts'
export {
  ApiError,
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isExpired,
  isNotFound,
  isUnauthorized,
  type ConnectionErrorCode,
  type Status,
} from './errors.ts'
export type { RequestObservation } from './http.ts'
export {
  KubeconfigError,
  staticCredential,
  type ClientCertificate,
  type ClusterConfig,
  type Credential,
  type CredentialSource,
} from './kubeconfig/config.ts'
export { loadInClusterConfig, type InClusterOptions } from './kubeconfig/in-cluster.ts'
export { loadKubeconfig, type LoadKubeconfigOptions } from './kubeconfig/load.ts'
export { applyMergePatch, createPatch } from './merge-patch.ts'
export type { KubeObject, ObjectKey, ObjectMeta, OwnerReference, Resource, UnknownObject } from './object.ts'
export { ObjectStore, storeKey } from './object-store.ts'
export { patchChanges, type PatchChangesOptions } from './patch-helper.ts'
export type { RateLimit } from './rate-limiter.ts'
export { createReflector, type ReflectorOptions, type ReflectorTuning } from './reflector.ts'
export { apiVersionOf, resourcePath } from './resource-path.ts'
export * from './resources.ts'
export { createClient, type ClientOptions } from './rest-client.ts'
export { createTimeSlice, type TimeSlice } from './slice.ts'
export type { IndexFunction, Store, StoreEvent } from './store.ts'
