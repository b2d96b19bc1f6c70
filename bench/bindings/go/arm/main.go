// Command arm is the Go arm of bindings: see bench/bindings/README.md.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"slipstream"
)

var ctx = context.Background()

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// cpuTime is that of the whole process, the collector's included.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func each(span time.Duration, count int) float64 { return float64(span.Nanoseconds()) / float64(count) }

func number(text string) int { return must(strconv.Atoi(text)) }

func pull(bucket *slipstream.Bucket, fold *slipstream.Fold) *slipstream.Watch {
	return must(bucket.Watch(ctx, fold, &slipstream.WatchOptions{StopAt: slipstream.WatchStopAtCaughtUp}))
}

func fold(url, name, into string) {
	bucket := must(must(slipstream.Connect(ctx, url, nil)).Bucket(ctx, name, nil))
	fold := must(slipstream.OpenFold(into, &slipstream.FoldOptions{Durability: slipstream.FoldDurabilityProcess}))
	start, updates := time.Now(), 0
	for batch, err := range pull(bucket, fold).Batches(ctx) {
		updates += must(batch, err).Len()
		must(0, batch.Ack())
	}
	fmt.Printf("{\"seconds\":%.6f,\"updates\":%d}\n", time.Since(start).Seconds(), updates)
	must(0, fold.Close())
}

func consume(count, size int) {
	bucket := must(must(slipstream.Connect(ctx, "mem://", nil)).CreateBucket(ctx, "consume", nil))
	value := make([]byte, size)
	for i := range value {
		value[i] = 7
	}
	for done := 0; done < count; {
		writes := make([]slipstream.Write, min(10000, count-done))
		for i := range writes {
			writes[i] = slipstream.Write{Key: fmt.Sprintf("route.svc-%06d.%08d", (done+i)/1000, done+i), Value: value}
		}
		must(bucket.PutMany(ctx, writes))
		done += len(writes)
	}
	start, cpu, updates, sum := time.Now(), cpuTime(), 0, uint64(0)
	for batch, err := range pull(bucket, nil).Batches(ctx) {
		for _, update := range must(batch, err).Updates() {
			sum += uint64(len(update.Key) + len(update.Value))
			if len(update.Value) > 0 {
				sum += uint64(update.Value[len(update.Value)-1])
			}
		}
		updates += batch.Len()
		must(0, batch.Ack())
	}
	fmt.Printf("{\"ns\":%.2f,\"cpu_ns\":%.2f,\"updates\":%d,\"sum\":%d}\n",
		each(time.Since(start), updates), each(cpuTime()-cpu, updates), updates, sum)
}

func get(url string, count int) {
	snapshot := must(must(slipstream.OpenFold(url, nil)).Snapshot())
	var keys []string
	for update, err := range snapshot.Range(slipstream.Range{Limit: uint64(count)}) {
		keys = append(keys, strings.Clone(must(update, err).Key))
	}
	state := uint64(7)
	for i := len(keys); i > 1; i-- {
		state = state*6364136223846793005 + 1442695040888963407
		j := int((state >> 33) % uint64(i))
		keys[i-1], keys[j] = keys[j], keys[i-1]
	}
	for timed := range 2 { // the first round brings the pages in
		start, cpu, hits := time.Now(), cpuTime(), 0
		for i := range count {
			found, err := snapshot.Get(keys[i%len(keys)])
			if err != nil {
				log.Fatal(err)
			}
			if len(found.Value) > 0 && found.Value[len(found.Value)-1] != 255 {
				hits++
			}
		}
		if timed == 1 {
			fmt.Printf("{\"ns\":%.2f,\"cpu_ns\":%.2f,\"hits\":%d}\n", each(time.Since(start), count), each(cpuTime()-cpu, count), hits)
		}
	}
}

func table(url, name string) {
	bucket := must(must(slipstream.Connect(ctx, url, nil)).Bucket(ctx, name, nil))
	start, all := time.Now(), map[string][]byte{}
	for batch, err := range pull(bucket, nil).Batches(ctx) {
		for _, update := range must(batch, err).Updates() {
			if update.Operation == slipstream.Put {
				all[update.Key] = update.Value
			} else {
				delete(all, update.Key)
			}
		}
		must(0, batch.Ack())
	}
	fmt.Printf("{\"seconds\":%.6f,\"updates\":%d}\n", time.Since(start).Seconds(), len(all))
}

func main() {
	switch words := os.Args[1:]; {
	case len(words) == 4 && words[0] == "fold":
		fold(words[1], words[2], words[3])
	case len(words) == 3 && words[0] == "consume":
		consume(number(words[1]), number(words[2]))
	case len(words) == 3 && words[0] == "get":
		get(words[1], number(words[2]))
	case len(words) == 3 && words[0] == "map":
		table(words[1], words[2])
	default:
		log.Fatal("usage: see bench/bindings/README.md")
	}
}
