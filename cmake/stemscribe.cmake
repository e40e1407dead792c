# One function per kind of target, so that every folder's CMakeLists.txt is a few lines.

# stemscribe_library(<name> DEPS <targets…> [TEST_DEPS <targets…>] [TOGETHER <filter>])
# Makes the static library stemscribe_<name> from every *.cc of the current folder and those below it, and the
# test program <name>_test from every *_test.cc. Include paths start at src/.
# Each test runs in a process of its own, but those that match TOGETHER (a filter of GoogleTest): they share one, because
# they share what is dear to start.
function(stemscribe_library name)
  cmake_parse_arguments(ARG "" "TOGETHER" "DEPS;TEST_DEPS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "_(test|fuzz|bench)\\.cc$")
  if(sources)
    add_library(stemscribe_${name} STATIC ${sources})
    set(visibility PUBLIC)
  else()
    add_library(stemscribe_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(stemscribe_${name} ${visibility} ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(stemscribe_${name} ${visibility} ${ARG_DEPS})
  if(sources)
    target_link_libraries(stemscribe_${name} PRIVATE stemscribe_warnings)
  endif()
  if(tests AND STEMSCRIBE_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE stemscribe_${name} stemscribe_warnings ${ARG_TEST_DEPS}
      GTest::gmock GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE STEMSCRIBE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    set(properties TIMEOUT 600 LABELS ${name} ENVIRONMENT "STEMSCRIBE_MODELS=${STEMSCRIBE_MODELS_DIR}")
    set(filter "*")
    if(ARG_TOGETHER)
      set(filter "-${ARG_TOGETHER}")
      add_test(NAME ${name}_together COMMAND ${name}_test "--gtest_filter=${ARG_TOGETHER}")
      set_tests_properties(${name}_together PROPERTIES ${properties})
    endif()
    gtest_discover_tests(${name}_test TEST_FILTER "${filter}" DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
      PROPERTIES ${properties})
  endif()
endfunction()

# stemscribe_program(<name> <main.cc> DEPS <targets…>): a program in bin/.
function(stemscribe_program name source)
  cmake_parse_arguments(ARG "" "" "DEPS" ${ARGN})
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} stemscribe_warnings)
endfunction()
