export { systemClock, type Clock } from '@machinepool/kube'
