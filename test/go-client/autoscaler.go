package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/scale"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	clusterGroup     = "cluster.x-k8s.io"
	sizePrefix       = clusterGroup + "/cluster-api-autoscaler-node-group-"
	deleteAnnotation = clusterGroup + "/delete-machine"
	capacityPrefix   = "capacity.cluster-autoscaler.kubernetes.io/"
	byInstance       = "instance"
)

// autoscaler does on client-go what the Cluster Autoscaler's clusterapi provider does, call by call
// (https://github.com/kubernetes/autoscaler/tree/master/cluster-autoscaler/cloudprovider/clusterapi).
type autoscaler struct {
	ctx       context.Context
	version   string
	client    dynamic.Interface
	discovery discovery.DiscoveryInterface
	scales    scale.ScalesGetter
	pools     cache.SharedIndexInformer
	machines  cache.SharedIndexInformer
	nodes     cache.SharedIndexInformer
}

// runAutoscaler grows a pool and takes one of its Nodes away again: NAMESPACE POOL WORKLOAD-KUBECONFIG.
func runAutoscaler(ctx context.Context, config *rest.Config, args []string) (any, error) {
	if len(args) != 3 {
		return nil, fmt.Errorf("want NAMESPACE POOL WORKLOAD-KUBECONFIG, not %d arguments", len(args))
	}
	a, err := startAutoscaler(ctx, config, args[2])
	if err != nil {
		return nil, err
	}
	key := args[0] + "/" + args[1]
	first, err := a.describe(key)
	if err != nil {
		return nil, err
	}
	if err := report("found", first); err != nil {
		return nil, err
	}
	if err := a.setSize(key, first.Target+2); err != nil {
		return nil, err
	}
	grown, err := a.settled(key, first.Target+2)
	if err != nil {
		return nil, err
	}
	if err := report("grown", grown); err != nil {
		return nil, err
	}
	// The one in the middle, which no order of age or name would choose.
	victim := grown.Instances[len(grown.Instances)/2]
	if err := a.deleteNode(key, victim); err != nil {
		return nil, err
	}
	shrunk, err := a.settled(key, first.Target+1)
	if err != nil {
		return nil, err
	}
	return map[string]any{"victim": victim, "left": shrunk.Instances}, nil
}

func startAutoscaler(ctx context.Context, config *rest.Config, workload string) (*autoscaler, error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(found))
	scales, err := scale.NewForConfig(config, mapper, dynamic.LegacyAPIPathResolverFunc, scale.NewDiscoveryScaleKindResolver(found))
	if err != nil {
		return nil, err
	}
	version, err := preferredVersion(found, clusterGroup)
	if err != nil {
		return nil, err
	}
	served, err := found.ServerResourcesForGroupVersion(clusterGroup + "/" + version)
	if err != nil {
		return nil, err
	}
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 0, metav1.NamespaceAll, nil)
	watched := map[string]cache.SharedIndexInformer{}
	for _, name := range []string{"machinedeployments", "machinesets", "machinepools", "machines"} {
		if !slices.ContainsFunc(served.APIResources, func(r metav1.APIResource) bool { return r.Name == name }) {
			return nil, fmt.Errorf("%s is not served in %s", name, version)
		}
		watched[name] = factory.ForResource(schema.GroupVersionResource{Group: clusterGroup, Version: version, Resource: name}).Informer()
	}
	workloadConfig, err := clientcmd.BuildConfigFromFlags("", workload)
	if err != nil {
		return nil, err
	}
	workloadClient, err := kubernetes.NewForConfig(workloadConfig)
	if err != nil {
		return nil, err
	}
	nodeFactory := informers.NewSharedInformerFactory(workloadClient, 0)
	nodes := nodeFactory.Core().V1().Nodes().Informer()
	for informer, index := range map[cache.SharedIndexInformer]cache.IndexFunc{
		watched["machinepools"]: instancesOf,
		watched["machines"]:     instanceOf,
		nodes: func(object any) ([]string, error) {
			return []string{normalized(object.(*corev1.Node).Spec.ProviderID)}, nil
		},
	} {
		if err := informer.AddIndexers(cache.Indexers{byInstance: index}); err != nil {
			return nil, err
		}
	}
	factory.Start(ctx.Done())
	nodeFactory.Start(ctx.Done())
	synced := []cache.InformerSynced{nodes.HasSynced}
	for _, informer := range watched {
		synced = append(synced, informer.HasSynced)
	}
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		return nil, fmt.Errorf("the caches were not in sync in time")
	}
	return &autoscaler{ctx, version, client, found, scales, watched["machinepools"], watched["machines"], nodes}, nil
}

func preferredVersion(client discovery.DiscoveryInterface, group string) (string, error) {
	groups, err := client.ServerGroups()
	if err != nil {
		return "", err
	}
	for _, found := range groups.Groups {
		if found.Name == group {
			return found.PreferredVersion.Version, nil
		}
	}
	return "", fmt.Errorf("group %s is not served", group)
}

// normalized is what the autoscaler compares: everything after the last slash.
func normalized(providerID string) string {
	return providerID[strings.LastIndex(providerID, "/")+1:]
}

func instancesOf(object any) ([]string, error) {
	ids, _, err := unstructured.NestedStringSlice(object.(*unstructured.Unstructured).Object, "spec", "providerIDList")
	for index, id := range ids {
		ids[index] = normalized(id)
	}
	return ids, err
}

func instanceOf(object any) ([]string, error) {
	id, found, err := unstructured.NestedString(object.(*unstructured.Unstructured).Object, "spec", "providerID")
	if !found || id == "" {
		return nil, err
	}
	return []string{normalized(id)}, err
}

// nodeGroup is what the autoscaler knows of a pool.
type nodeGroup struct {
	Version   string            `json:"version"`
	Min       int               `json:"min"`
	Max       int               `json:"max"`
	Target    int               `json:"target"`
	Instances []string          `json:"instances"`
	Capacity  map[string]string `json:"capacity"`
}

func (a *autoscaler) pool(key string) (*unstructured.Unstructured, error) {
	found, exists, err := a.pools.GetStore().GetByKey(key)
	if err != nil || !exists {
		return nil, fmt.Errorf("MachinePool %s is not in the cache: %w", key, err)
	}
	return found.(*unstructured.Unstructured), nil
}

func (a *autoscaler) describe(key string) (*nodeGroup, error) {
	pool, err := a.pool(key)
	if err != nil {
		return nil, err
	}
	group := &nodeGroup{Version: a.version}
	annotations := pool.GetAnnotations()
	if group.Min, err = strconv.Atoi(annotations[sizePrefix+"min-size"]); err != nil {
		return nil, err
	}
	if group.Max, err = strconv.Atoi(annotations[sizePrefix+"max-size"]); err != nil {
		return nil, err
	}
	replicas, found, err := unstructured.NestedInt64(pool.Object, "spec", "replicas")
	if err != nil || !found {
		return nil, fmt.Errorf("no spec.replicas: %w", err)
	}
	group.Target = int(replicas)
	if group.Instances, _, err = unstructured.NestedStringSlice(pool.Object, "spec", "providerIDList"); err != nil {
		return nil, err
	}
	group.Capacity, err = a.capacity(pool)
	return group, err
}

// capacity is what a Node of an empty pool would have: the infrastructure's word, and annotations before it.
func (a *autoscaler) capacity(pool *unstructured.Unstructured) (map[string]string, error) {
	ref, _, err := unstructured.NestedStringMap(pool.Object, "spec", "template", "spec", "infrastructureRef")
	if err != nil {
		return nil, err
	}
	version, err := preferredVersion(a.discovery, ref["apiGroup"])
	if err != nil {
		return nil, err
	}
	resource := schema.GroupVersionResource{Group: ref["apiGroup"], Version: version, Resource: strings.ToLower(ref["kind"]) + "s"}
	infra, err := a.client.Resource(resource).Namespace(pool.GetNamespace()).Get(a.ctx, ref["name"], metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	capacity, _, err := unstructured.NestedStringMap(infra.Object, "status", "capacity")
	if capacity == nil {
		capacity = map[string]string{}
	}
	for _, name := range []string{"cpu", "memory", "maxPods"} {
		if value, found := pool.GetAnnotations()[capacityPrefix+name]; found {
			capacity[name] = value
		}
	}
	return capacity, err
}

func (a *autoscaler) resource(name string) schema.GroupVersionResource {
	return schema.GroupVersionResource{Group: clusterGroup, Version: a.version, Resource: name}
}

func (a *autoscaler) replicas(key string) (int, error) {
	namespace, name, _ := strings.Cut(key, "/")
	found, err := a.scales.Scales(namespace).Get(a.ctx, a.resource("machinepools").GroupResource(), name, metav1.GetOptions{})
	if err != nil {
		return 0, err
	}
	return int(found.Spec.Replicas), nil
}

func (a *autoscaler) setSize(key string, replicas int) error {
	group, err := a.describe(key)
	if err != nil {
		return err
	}
	if replicas < group.Min || replicas > group.Max {
		return fmt.Errorf("%d is not between %d and %d", replicas, group.Min, group.Max)
	}
	namespace, name, _ := strings.Cut(key, "/")
	patch, err := json.Marshal(map[string]any{"spec": map[string]int{"replicas": replicas}})
	if err != nil {
		return err
	}
	_, err = a.scales.Scales(namespace).Patch(a.ctx, a.resource("machinepools"), name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// settled waits until the pool has that many instances, each a Node that is found to belong to it and a Machine.
func (a *autoscaler) settled(key string, size int) (*nodeGroup, error) {
	var group *nodeGroup
	err := wait.PollUntilContextCancel(a.ctx, 100*time.Millisecond, true, func(context.Context) (bool, error) {
		found, err := a.describe(key)
		if err != nil || len(found.Instances) != size {
			return false, err
		}
		group = found
		for _, id := range found.Instances {
			nodes, err := a.nodes.GetIndexer().ByIndex(byInstance, normalized(id))
			if err != nil || len(nodes) != 1 {
				return false, err
			}
			machines, err := a.machines.GetIndexer().ByIndex(byInstance, normalized(id))
			if err != nil || len(machines) != 1 {
				return false, err
			}
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("%s has not come to %d instances: %w", key, size, err)
	}
	return group, nil
}

// deleteNode marks the Machine of the Node and lowers the size by one.
func (a *autoscaler) deleteNode(key, providerID string) error {
	group, err := a.describe(key)
	if err != nil {
		return err
	}
	replicas, err := a.replicas(key)
	if err != nil {
		return err
	}
	if replicas <= group.Min {
		return fmt.Errorf("the minimum of %d is reached", group.Min)
	}
	owners, err := a.pools.GetIndexer().ByIndex(byInstance, normalized(providerID))
	if err != nil || len(owners) != 1 {
		return fmt.Errorf("%d pools list %s: %w", len(owners), providerID, err)
	}
	if owner := owners[0].(*unstructured.Unstructured); owner.GetNamespace()+"/"+owner.GetName() != key {
		return fmt.Errorf("%s is in pool %s", providerID, owner.GetName())
	}
	found, err := a.machines.GetIndexer().ByIndex(byInstance, normalized(providerID))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("%d Machines for %s: %w", len(found), providerID, err)
	}
	known := found[0].(*unstructured.Unstructured)
	machines := a.client.Resource(a.resource("machines")).Namespace(known.GetNamespace())
	machine, err := machines.Get(a.ctx, known.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	annotations := machine.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[deleteAnnotation] = time.Now().String()
	machine.SetAnnotations(annotations)
	if _, err := machines.Update(a.ctx, machine, metav1.UpdateOptions{}); err != nil {
		return err
	}
	return a.setSize(key, replicas-1)
}
