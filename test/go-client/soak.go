package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

type soakFacts struct {
	Writes     int      `json:"writes"`
	Events     int      `json:"events"`
	Objects    int      `json:"objects"`
	Violations []string `json:"violations"`
	Differing  []string `json:"differing"`
}

// observer checks that what one informer tells is a possible history of each object.
type observer struct {
	mutex      sync.Mutex
	informer   cache.SharedIndexInformer
	resource   schema.GroupVersionResource
	versions   map[string]uint64
	events     int
	violations []string
}

func (o *observer) see(kind string, object any, present bool) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.events++
	if gone, ok := object.(cache.DeletedFinalStateUnknown); ok {
		object = gone.Obj
	}
	item := object.(*unstructured.Unstructured)
	version, err := strconv.ParseUint(item.GetResourceVersion(), 10, 64)
	last, known := o.versions[item.GetName()]
	switch {
	case err != nil:
		o.complain(kind, item, "has a resource version that is no number")
	case known != present:
		o.complain(kind, item, fmt.Sprintf("comes while the object is known: %v", known))
	case version < last:
		o.complain(kind, item, fmt.Sprintf("goes back from %d", last))
	}
	if kind == "DELETED" {
		delete(o.versions, item.GetName())
	} else {
		o.versions[item.GetName()] = version
	}
}

func (o *observer) complain(kind string, item *unstructured.Unstructured, what string) {
	o.violations = append(o.violations, fmt.Sprintf("%s %s/%s@%s %s",
		kind, o.resource.Resource, item.GetName(), item.GetResourceVersion(), what))
}

var soaked = []schema.GroupVersionResource{
	{Version: "v1", Resource: "configmaps"},
	{Version: "v1", Resource: "secrets"},
	widgetResource,
}

// runSoak writes through the connection of the first argument, a kubeconfig, while informers watch through KUBECONFIG,
// whose connections are cut again and again. At the end both must know the same.
func runSoak(ctx context.Context, config *rest.Config, args []string) (any, error) {
	directConfig, err := clientcmd.BuildConfigFromFlags("", args[0])
	if err != nil {
		return nil, err
	}
	writes, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, err
	}
	seed, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return nil, err
	}
	directConfig.QPS = -1
	direct, err := dynamic.NewForConfig(directConfig)
	if err != nil {
		return nil, err
	}
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": "soak"},
	}}
	namespaces := schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	if _, err := direct.Resource(namespaces).Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return nil, err
	}
	observers, err := observe(ctx, config)
	if err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range writes {
		if err := writeOnce(ctx, direct, random, i); err != nil {
			return nil, fmt.Errorf("write %d: %w", i, err)
		}
		if i == writes/2 {
			if err := report("half", i); err != nil {
				return nil, err
			}
		}
	}
	return compare(ctx, direct, observers, writes)
}

func observe(ctx context.Context, config *rest.Config) ([]*observer, error) {
	var observers []*observer
	for _, resource := range soaked {
		// A client of its own for each: a connection that is cut takes one watch with it.
		client, err := dynamic.NewForConfig(config)
		if err != nil {
			return nil, err
		}
		factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(client, 2*time.Second, "soak", nil)
		one := &observer{informer: factory.ForResource(resource).Informer(), resource: resource, versions: map[string]uint64{}}
		_, err = one.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(object any) { one.see("ADDED", object, false) },
			UpdateFunc: func(_, object any) { one.see("MODIFIED", object, true) },
			DeleteFunc: func(object any) { one.see("DELETED", object, true) },
		})
		if err != nil {
			return nil, err
		}
		factory.Start(ctx.Done())
		observers = append(observers, one)
	}
	return observers, nil
}

// padding makes events large enough that connections are cut inside of them.
var padding = strings.Repeat("x", 2000)

// writeOnce creates, changes or deletes one of twenty objects. A server that is restarting is asked again.
func writeOnce(ctx context.Context, direct dynamic.Interface, random *rand.Rand, number int) error {
	resource := soaked[random.IntN(len(soaked))]
	name := fmt.Sprintf("object-%d", random.IntN(20))
	remove := random.IntN(5) == 0
	objects := direct.Resource(resource).Namespace("soak")
	for {
		var err error
		if remove {
			err = objects.Delete(ctx, name, metav1.DeleteOptions{})
		} else {
			_, err = objects.Apply(ctx, name, soakedObject(resource, name, number), metav1.ApplyOptions{FieldManager: "soak"})
		}
		if err == nil || apierrors.IsNotFound(err) {
			return nil
		}
		if status := apierrors.APIStatus(nil); asStatus(err, &status) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func asStatus(err error, status *apierrors.APIStatus) bool {
	found, ok := err.(apierrors.APIStatus)
	*status = found
	return ok
}

func soakedObject(resource schema.GroupVersionResource, name string, number int) *unstructured.Unstructured {
	kinds := map[string]string{"configmaps": "ConfigMap", "secrets": "Secret", "widgets": "Widget"}
	object := map[string]any{
		"apiVersion": resource.GroupVersion().String(),
		"kind":       kinds[resource.Resource],
		"metadata": map[string]any{
			"name":        name,
			"annotations": map[string]any{"number": strconv.Itoa(number), "padding": padding},
		},
	}
	if resource == widgetResource {
		object["spec"] = map[string]any{"size": int64(number)}
	}
	return &unstructured.Unstructured{Object: object}
}

// compare waits until the informers have caught up, and tells what is different if they never do.
func compare(ctx context.Context, direct dynamic.Interface, observers []*observer, writes int) (*soakFacts, error) {
	facts := &soakFacts{Writes: writes, Violations: []string{}, Differing: []string{}}
	for _, one := range observers {
		list, err := direct.Resource(one.resource).Namespace("soak").List(ctx, metav1.ListOptions{})
		if err != nil {
			return nil, err
		}
		var wanted []string
		for _, item := range list.Items {
			wanted = append(wanted, item.GetName()+"@"+item.GetResourceVersion())
		}
		slices.Sort(wanted)
		var cached []string
		err = eventually(ctx, one.resource.Resource, func() (bool, error) {
			cached = nil
			for _, object := range one.informer.GetStore().List() {
				item := object.(*unstructured.Unstructured)
				cached = append(cached, item.GetName()+"@"+item.GetResourceVersion())
			}
			slices.Sort(cached)
			return slices.Equal(wanted, cached), nil
		})
		if err != nil {
			facts.Differing = append(facts.Differing, fmt.Sprintf("%s: server %v, informer %v", one.resource.Resource, wanted, cached))
		}
		one.mutex.Lock()
		facts.Objects += len(wanted)
		facts.Events += one.events
		facts.Violations = append(facts.Violations, one.violations...)
		one.mutex.Unlock()
	}
	return facts, nil
}
