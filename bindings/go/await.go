package slipstream

import "context"

// await runs a call that the library bounds by itself (request_timeout_ms, connect_timeout_ms) and
// that cannot be ended from outside. Where the context ends first, the caller goes on, and `drop`
// gets what the call gives in the end.
func await[T any](ctx context.Context, what string, call func() (T, error), drop func(T)) (T, error) {
	var none T
	if misfit != nil {
		return none, misfit
	}
	if ctx.Err() != nil {
		return none, contextError(ctx, what)
	}
	if ctx.Done() == nil {
		return call()
	}
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		value, err := call()
		done <- outcome{value, err}
	}()
	select {
	case got := <-done:
		return got.value, got.err
	case <-ctx.Done():
	}
	select {
	case got := <-done:
		return got.value, got.err
	default:
	}
	if drop != nil {
		go func() {
			if got := <-done; got.err == nil {
				drop(got.value)
			}
		}()
	}
	return none, contextError(ctx, what)
}

// awaitWrite is await for what changes something on a server: given up, it may still happen.
func awaitWrite[T any](ctx context.Context, what string, call func() (T, error)) (T, error) {
	if ctx.Err() != nil {
		var none T
		return none, contextError(ctx, what)
	}
	value, err := await(ctx, what, call, nil)
	// What the library reports has no cause; a context does.
	if failure, ok := err.(*Error); ok && failure.cause != nil {
		return value, &Error{Code: ErrIndeterminate, cause: failure.cause,
			Message: failure.Message + " (it may have happened: read the key before you try again)"}
	}
	return value, err
}
