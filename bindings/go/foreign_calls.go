package slipstream

// #include "glue.h"
import "C"

import (
	"errors"
	"fmt"
	"iter"
	"runtime/cgo"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// What the library calls of a foreign bucket: glue_foreign.c hands it on. A handle is a number.

const sentenceMax = 4096

// plain is a sentence as C takes it: without a NUL, cut at a whole character.
func plain(sentence string, size int) string {
	sentence = strings.ToValidUTF8(strings.ReplaceAll(sentence, "\x00", "?"), "?")
	if len(sentence) <= size {
		return sentence
	}
	for size > 0 && !utf8.RuneStart(sentence[size]) {
		size--
	}
	return sentence[:size]
}

// statusOf gives the status and the sentence by which an error goes through the library.
func statusOf(err error) (C.slip_status, string) {
	var failure *Error
	var status Status
	switch {
	case err == nil:
		return 0, ""
	case errors.As(err, &failure) && failure.Code != OK:
		return C.slip_status(failure.Code), failure.Message
	case errors.As(err, &status) && status != OK:
		return C.slip_status(status), err.Error()
	}
	return C.slip_status(ErrCallbackFailed), err.Error()
}

// answered runs a callback; its error or panic becomes a status and a sentence.
func answered(text *C.char, size C.size_t, call func() error) (status C.slip_status) {
	defer func() {
		if thrown := recover(); thrown != nil {
			status = tell(text, size, fmt.Errorf("the callback panicked: %v", thrown))
		}
	}()
	return tell(text, size, call())
}

func tell(text *C.char, size C.size_t, err error) C.slip_status {
	status, sentence := statusOf(err)
	if status != 0 && text != nil && size > 0 {
		to := unsafe.Slice((*byte)(unsafe.Pointer(text)), int(size))
		to[copy(to, plain(sentence, int(size)-1))] = 0
	}
	return status
}

func answer(to *C.slip_answer, updates []Update) error {
	block, rows := packUpdates(updates)
	defer block.free()
	var e *C.slip_error
	return check(C.slip_answer_add(to, rows, C.size_t(len(updates)), &e), e)
}

//export slipgoInfo
func slipgoInfo(user C.uintptr_t, out *C.slip_bucket_state, text *C.char, size C.size_t) C.slip_status {
	return answered(text, size, func() error {
		state := bucketStateOf(out)
		if err := cgo.Handle(user).Value().(ForeignBucket).Info(&state); err != nil {
			return err
		}
		state.into(out)
		return nil
	})
}

//export slipgoGet
func slipgoGet(user C.uintptr_t, key unsafe.Pointer, keySize C.size_t, to *C.slip_answer, text *C.char, size C.size_t) C.slip_status {
	return answered(text, size, func() error {
		update, err := cgo.Handle(user).Value().(ForeignGetter).Get(string(unsafe.Slice((*byte)(key), int(keySize))))
		if err != nil {
			return err
		}
		return answer(to, []Update{update})
	})
}

//export slipgoAtRevision
func slipgoAtRevision(user C.uintptr_t, revision C.uint64_t, to *C.slip_answer, text *C.char, size C.size_t) C.slip_status {
	return answered(text, size, func() error {
		update, err := cgo.Handle(user).Value().(ForeignHistory).AtRevision(uint64(revision))
		if err != nil {
			return err
		}
		return answer(to, []Update{update})
	})
}

// listing runs a List on a goroutine of its own, since the library may ask for its parts from any
// thread.
type listing struct {
	parts chan listed
	over  chan struct{}
}

type listed struct {
	updates []Update
	err     error
}

// listedMax updates go into one answer.
const listedMax = 1000

func (l *listing) run(all iter.Seq2[Update, error]) {
	defer close(l.parts)
	var part []Update
	send := func(one listed) bool {
		select {
		case l.parts <- one:
			return true
		case <-l.over:
			return false
		}
	}
	defer func() {
		if thrown := recover(); thrown != nil {
			send(listed{err: fmt.Errorf("the listing panicked: %v", thrown)})
		}
	}()
	for update, err := range all {
		if err != nil {
			send(listed{err: err})
			return
		}
		if part = append(part, update); len(part) == listedMax {
			if !send(listed{updates: part}) {
				return
			}
			part = nil
		}
	}
	if len(part) > 0 {
		send(listed{updates: part})
	}
}

//export slipgoListOpen
func slipgoListOpen(user C.uintptr_t, prefix unsafe.Pointer, prefixSize C.size_t, values C.int, out *C.uintptr_t) C.slip_status {
	lister := cgo.Handle(user).Value().(ForeignLister)
	wanted := string(unsafe.Slice((*byte)(prefix), int(prefixSize)))
	made := &listing{make(chan listed), make(chan struct{})}
	go made.run(func(yield func(Update, error) bool) { lister.List(wanted, values != 0)(yield) })
	*out = C.uintptr_t(cgo.NewHandle(made))
	return 0
}

//export slipgoListNext
func slipgoListNext(from C.uintptr_t, to *C.slip_answer, text *C.char, size C.size_t) C.slip_status {
	return answered(text, size, func() error {
		part, ok := <-cgo.Handle(from).Value().(*listing).parts
		switch {
		case !ok:
			return ErrEnd
		case part.err != nil:
			return part.err
		}
		return answer(to, part.updates)
	})
}

//export slipgoListClose
func slipgoListClose(from C.uintptr_t) {
	close(cgo.Handle(from).Value().(*listing).over)
	cgo.Handle(from).Delete()
}

// sourceless stands for a source that wants to hear nothing.
type sourceless struct{}

func (sourceless) Stop() {}

//export slipgoWatch
func slipgoWatch(user C.uintptr_t, request *C.slip_feed_request, feed *C.slip_feed, out *C.uintptr_t, text *C.char, size C.size_t) C.slip_status {
	given := newFeed(feed)
	status := answered(text, size, func() error {
		source, err := cgo.Handle(user).Value().(ForeignBucket).Watch(requestOf(request), given)
		if err != nil {
			return err
		}
		if source == nil {
			source = sourceless{}
		}
		*out = C.uintptr_t(cgo.NewHandle(source))
		return nil
	})
	if status != 0 {
		given.h.forget() // it is the library's
	}
	return status
}

//export slipgoCredit
func slipgoCredit(source C.uintptr_t, updates, bytes C.size_t) {
	defer func() { _ = recover() }() // there is nobody to tell
	if receiver, ok := cgo.Handle(source).Value().(CreditReceiver); ok {
		receiver.Credit(int(updates), int(bytes))
	}
}

//export slipgoStop
func slipgoStop(source C.uintptr_t) {
	defer cgo.Handle(source).Delete()
	defer func() { _ = recover() }()
	cgo.Handle(source).Value().(Source).Stop()
}

//export slipgoDestroy
func slipgoDestroy(user C.uintptr_t) { cgo.Handle(user).Delete() }
