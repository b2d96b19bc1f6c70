# Warnings are errors; sanitizers by SLIP_SANITIZE. One interface target carries both.
add_library(slip_flags INTERFACE)
target_compile_options(slip_flags INTERFACE -Wall -Wextra -Wpedantic -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wshadow -Wnon-virtual-dtor -Woverloaded-virtual>)
target_compile_definitions(slip_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
if(SLIP_TEST_GUARDS)
  # The test build checks its invariants, whatever the build type says of assert.
  target_compile_definitions(slip_flags INTERFACE SLIP_TEST_GUARDS)
  target_compile_options(slip_flags INTERFACE -UNDEBUG)
endif()
# Half as much to compile as at -O2 -g, and reports still name their lines: what is looked at is
# optimized a little, what looks at it is not.
set(fast_build -g1 $<IF:$<STREQUAL:$<TARGET_PROPERTY:SOURCE_DIR>,${PROJECT_SOURCE_DIR}/src>,-O1,-O0>)
if(SLIP_SANITIZE STREQUAL "address+undefined")
  # Instrumented, GCC 12 takes the standard library's own regex for uninitialised, and at -O1 it does
  # not see how large a number can become: the plain build warns of both.
  set(sanitize -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
    -Wno-maybe-uninitialized -Wno-format-truncation ${fast_build})
elseif(SLIP_SANITIZE STREQUAL "thread")
  # GCC's sanitizer does not know fences; nothing of ours uses them.
  set(sanitize -fsanitize=thread -fno-omit-frame-pointer -Wno-tsan
    -Wno-format-truncation ${fast_build})
elseif(SLIP_SANITIZE STREQUAL "fuzz")
  # Clang only; the programs below tests/fuzz link libFuzzer.
  set(sanitize -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined
    -fno-omit-frame-pointer)
elseif(SLIP_SANITIZE)
  message(FATAL_ERROR "SLIP_SANITIZE=${SLIP_SANITIZE}: use address+undefined, thread or fuzz")
endif()
if(SLIP_SANITIZE)
  target_compile_options(slip_flags INTERFACE ${sanitize})
  target_link_options(slip_flags INTERFACE ${sanitize})
endif()
