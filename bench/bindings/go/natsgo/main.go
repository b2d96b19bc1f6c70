// Command natsgo is the reference of map: nats.go's WatchAll into a map.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	ctx := context.Background()
	connection := must(nats.Connect(os.Args[1]))
	bucket := must(must(jetstream.New(connection)).KeyValue(ctx, os.Args[2]))
	start, all := time.Now(), map[string][]byte{}
	for entry := range must(bucket.WatchAll(ctx)).Updates() {
		if entry == nil { // what there was has come
			break
		}
		if entry.Operation() == jetstream.KeyValuePut {
			all[entry.Key()] = entry.Value()
		} else {
			delete(all, entry.Key())
		}
	}
	fmt.Printf("{\"seconds\":%.6f,\"updates\":%d}\n", time.Since(start).Seconds(), len(all))
}
