# How every target of the project is made: one function for a library, one for a service, one for a
# test, so that flags, precompiled headers and naming are the same everywhere.

find_package(absl REQUIRED CONFIG)
find_package(yaml-cpp REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED CONFIG)
find_package(OpenSSL REQUIRED)
find_package(GTest REQUIRED CONFIG)
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
find_library(CSV_LIBRARY csv REQUIRED)
if(NOT TOCSIN_PURE_ONLY)
  find_package(Protobuf REQUIRED)
  find_package(gRPC REQUIRED CONFIG)
  find_package(RocksDB REQUIRED CONFIG)
  find_package(prometheus-cpp REQUIRED CONFIG)
  pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
  # Its flags name feature macros that precompiled headers do not have; g++ has them anyway.
  pkg_check_modules(NCURSES REQUIRED ncursesw)
  find_package(spdlog REQUIRED CONFIG)
  find_package(CLI11 REQUIRED CONFIG)
  pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka++)
  find_library(S2_LIBRARY s2 REQUIRED)
  pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
endif()

# Flags common to everything. -ffp-contract=off: a fused multiply-add would make distances, and so
# effects, differ from one build to another (a task must give the same bytes in every build).
add_library(tocsin_flags INTERFACE)
target_include_directories(tocsin_flags INTERFACE ${CMAKE_SOURCE_DIR}/services)
target_compile_options(tocsin_flags INTERFACE
  -Wall -Wextra -Werror -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-sign-conversion -Wno-missing-field-initializers -Wno-error=deprecated-declarations
  -ffp-contract=off -fno-omit-frame-pointer -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these in the standard library's own templates.
  target_compile_options(tocsin_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict)
endif()
if(TOCSIN_SANITIZE)
  target_compile_options(tocsin_flags INTERFACE -fsanitize=${TOCSIN_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(tocsin_flags INTERFACE -fsanitize=${TOCSIN_SANITIZE})
endif()
find_program(TOCSIN_MOLD mold)
if(TOCSIN_MOLD)
  target_link_options(tocsin_flags INTERFACE -fuse-ld=mold)
endif()

# Precompiled headers: compiled once for plain code, once for tests and once for code that speaks
# gRPC, and shared by every target of that sort.
function(_tocsin_pch name)
  cmake_parse_arguments(ARG "" "" "HEADERS;DEPS" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/pch/${name}.cc "// Exists so that the precompiled header has a target.\n")
  add_library(${name} STATIC ${CMAKE_BINARY_DIR}/pch/${name}.cc)
  target_link_libraries(${name} PUBLIC tocsin_flags ${ARG_DEPS})
  target_precompile_headers(${name} PRIVATE ${ARG_HEADERS})
endfunction()

set(_std_headers <algorithm> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional> <set>
  <string> <string_view> <utility> <variant> <vector> <absl/status/status.h>
  <absl/status/statusor.h> <absl/strings/str_cat.h> <absl/strings/str_format.h>
  <absl/container/flat_hash_map.h>)
set(_std_deps absl::status absl::statusor absl::strings absl::str_format absl::flat_hash_map
  absl::flat_hash_set absl::time absl::synchronization absl::span Threads::Threads)
_tocsin_pch(tocsin_pch_plain HEADERS ${_std_headers} DEPS ${_std_deps})
_tocsin_pch(tocsin_pch_test HEADERS ${_std_headers} <gtest/gtest.h> <gmock/gmock.h>
  DEPS ${_std_deps} GTest::gtest GTest::gmock)
if(NOT TOCSIN_PURE_ONLY)
  _tocsin_pch(tocsin_pch_rpc HEADERS ${_std_headers} <grpcpp/grpcpp.h> <google/protobuf/message.h>
    DEPS ${_std_deps} gRPC::grpc++ protobuf::libprotobuf)
  _tocsin_pch(tocsin_pch_rpc_test HEADERS ${_std_headers} <grpcpp/grpcpp.h>
    <google/protobuf/message.h> <gtest/gtest.h> <gmock/gmock.h>
    DEPS ${_std_deps} gRPC::grpc++ protobuf::libprotobuf GTest::gtest GTest::gmock)
endif()

function(_tocsin_compile_as target pch)
  target_link_libraries(${target} PUBLIC tocsin_flags)
  target_precompile_headers(${target} REUSE_FROM ${pch})
endfunction()

# tocsin_library(base SRCS a.cc DEPS x TESTS a_test.cc TEST_DEPS y [RPC])
# makes library tocsin_base and, if TESTS are given, one test program base_test with all of them.
# RPC: the sources include gRPC or protobuf headers.
function(tocsin_library name)
  cmake_parse_arguments(ARG "RPC" "" "SRCS;DEPS;TESTS;TEST_DEPS" ${ARGN})
  set(pch tocsin_pch_plain)
  set(suffix "")
  if(ARG_RPC)
    set(pch tocsin_pch_rpc)
  endif()
  if(ARG_SRCS)
    add_library(tocsin_${name} STATIC ${ARG_SRCS})
    _tocsin_compile_as(tocsin_${name} ${pch})
    target_link_libraries(tocsin_${name} PUBLIC ${_std_deps} ${ARG_DEPS})
  else()
    add_library(tocsin_${name} INTERFACE)
    target_link_libraries(tocsin_${name} INTERFACE tocsin_flags ${_std_deps} ${ARG_DEPS})
  endif()
  if(ARG_TESTS)
    set(rpc "")
    if(ARG_RPC)
      set(rpc RPC)
    endif()
    tocsin_test(${name}_test SRCS ${ARG_TESTS} DEPS tocsin_${name} ${ARG_TEST_DEPS} ${rpc})
  endif()
endfunction()

# tocsin_test(x_test SRCS ... DEPS ... [RPC] [LABELS integration] [TIMEOUT 300])
# one GoogleTest program; every case is a ctest test. Runs with the repository as working directory.
function(tocsin_test name)
  cmake_parse_arguments(ARG "RPC;WHOLE" "TIMEOUT" "SRCS;DEPS;LABELS;ENV" ${ARGN})
  set(pch tocsin_pch_test)
  if(ARG_RPC)
    set(pch tocsin_pch_rpc_test)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SRCS})
  _tocsin_compile_as(${name} ${pch})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  # One process for a whole program: a process for each case would cost more than the cases.
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  if(ARG_LABELS)
    set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}")
  endif()
  if(ARG_ENV)
    set_tests_properties(${name} PROPERTIES ENVIRONMENT "${ARG_ENV}")
  endif()
endfunction()

# tocsin_program(sitrep-ingest SRCS main.cc ... DEPS ... [RPC]) makes bin/sitrep-ingest. Everything
# but main.cc goes into library <name>_app, which tests may link.
function(tocsin_program name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS;TESTS;TEST_DEPS" ${ARGN})
  set(app ${ARG_SRCS})
  list(REMOVE_ITEM app main.cc)
  if(app)
    add_library(${name}_app STATIC ${app})
    _tocsin_compile_as(${name}_app tocsin_pch_rpc)
    target_link_libraries(${name}_app PUBLIC ${_std_deps} ${ARG_DEPS})
  else()
    add_library(${name}_app INTERFACE)
    target_link_libraries(${name}_app INTERFACE ${_std_deps} ${ARG_DEPS})
  endif()
  add_executable(${name} main.cc)
  _tocsin_compile_as(${name} tocsin_pch_rpc)
  # An allocator that stays quick and small where many entries of many sizes live for a while, as in
  # caches and overlays; it is also what RocksDB recommends.
  target_link_libraries(${name} PRIVATE ${name}_app PkgConfig::JEMALLOC)
  if(ARG_TESTS)
    tocsin_test(${name}_test SRCS ${ARG_TESTS} DEPS ${name}_app ${ARG_TEST_DEPS} RPC)
  endif()
endfunction()
