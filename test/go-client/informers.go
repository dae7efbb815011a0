package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
)

type informerFacts struct {
	Added    int      `json:"added"`
	Initial  int      `json:"initial"`
	Updated  int      `json:"updated"`
	Resynced int      `json:"resynced"`
	Deleted  int      `json:"deleted"`
	Cached   []string `json:"cached"`
	Selected []string `json:"selected"`
	Indexed  []string `json:"indexed"`
}

// runInformers keeps ConfigMaps in a shared informer with a resync of one second and an index while they are created,
// changed and deleted.
func runInformers(ctx context.Context, config *rest.Config, _ []string) (any, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	const namespace = "informers"
	if err := createNamespace(ctx, client, namespace); err != nil {
		return nil, err
	}
	maps := client.CoreV1().ConfigMaps(namespace)
	create := func(name, color string) error {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"color": color}}}
		_, err := maps.Create(ctx, object, metav1.CreateOptions{})
		return err
	}
	for i := range 5 {
		if err := create(fmt.Sprintf("present-%d", i), "blue"); err != nil {
			return nil, err
		}
	}

	factory := informers.NewSharedInformerFactoryWithOptions(client, time.Second, informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps()
	byColor := cache.Indexers{"color": func(object any) ([]string, error) {
		return []string{object.(*corev1.ConfigMap).Labels["color"]}, nil
	}}
	if err := informer.Informer().AddIndexers(byColor); err != nil {
		return nil, err
	}
	var mutex sync.Mutex
	var facts informerFacts
	_, err = informer.Informer().AddEventHandler(cache.ResourceEventHandlerDetailedFuncs{
		AddFunc: func(_ any, initial bool) {
			mutex.Lock()
			defer mutex.Unlock()
			facts.Added++
			if initial {
				facts.Initial++
			}
		},
		UpdateFunc: func(old, object any) {
			mutex.Lock()
			defer mutex.Unlock()
			if old.(*corev1.ConfigMap).ResourceVersion == object.(*corev1.ConfigMap).ResourceVersion {
				facts.Resynced++
			} else {
				facts.Updated++
			}
		},
		DeleteFunc: func(any) {
			mutex.Lock()
			defer mutex.Unlock()
			facts.Deleted++
		},
	})
	if err != nil {
		return nil, err
	}
	factory.Start(ctx.Done())
	for kind, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return nil, fmt.Errorf("%v did not sync", kind)
		}
	}

	for i := range 3 {
		if err := create(fmt.Sprintf("later-%d", i), "green"); err != nil {
			return nil, err
		}
	}
	for i := range 2 {
		if err := maps.Delete(ctx, fmt.Sprintf("present-%d", i), metav1.DeleteOptions{}); err != nil {
			return nil, err
		}
	}
	changed, err := maps.Get(ctx, "present-4", metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	changed.Labels["color"] = "green"
	if _, err := maps.Update(ctx, changed, metav1.UpdateOptions{}); err != nil {
		return nil, err
	}

	// Six objects are left; each is shown again by the resync.
	err = wait.PollUntilContextCancel(ctx, 20*time.Millisecond, true, func(context.Context) (bool, error) {
		mutex.Lock()
		defer mutex.Unlock()
		return facts.Added == 8 && facts.Deleted == 2 && facts.Updated == 1 && facts.Resynced >= 6, nil
	})
	mutex.Lock()
	defer mutex.Unlock()
	if err != nil {
		return nil, fmt.Errorf("%w; seen until then: %+v", err, facts)
	}
	cached, err := informer.Lister().ConfigMaps(namespace).List(labels.Everything())
	if err != nil {
		return nil, err
	}
	facts.Cached = names(cached)
	selected, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "color in (green)", Limit: 2})
	if err != nil {
		return nil, err
	}
	for _, object := range selected.Items {
		facts.Selected = append(facts.Selected, object.Name)
	}
	indexed, err := informer.Informer().GetIndexer().ByIndex("color", "green")
	if err != nil {
		return nil, err
	}
	for _, object := range indexed {
		facts.Indexed = append(facts.Indexed, object.(*corev1.ConfigMap).Name)
	}
	slices.Sort(facts.Indexed)
	return &facts, nil
}

func names[T metav1.Object](objects []T) []string {
	result := make([]string, 0, len(objects))
	for _, object := range objects {
		result = append(result, object.GetName())
	}
	slices.Sort(result)
	return result
}

func createNamespace(ctx context.Context, client kubernetes.Interface, name string) error {
	object := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := client.CoreV1().Namespaces().Create(ctx, object, metav1.CreateOptions{})
	return err
}
