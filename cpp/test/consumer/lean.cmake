# One backend alone: the others' code is not in the archive, and their URLs are refused with the option's
# name. The stock archive of the build tree, which has all, shows that the search would find it.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)

# The folder's own, the clouds' own, and what they bring.
set(others tombolo::blob::folder:: tombolo::blob::cloud:: tombolo::identity::jwt:: tombolo::secrets:: object_store:: hyper:: rustls:: ring_core)

# found_in(<out> <archive>): those of the others that it has symbols of
macro(found_in out archive)
  execute_process(COMMAND ${CMAKE_NM} -C --defined-only ${archive}
    OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
  set(${out} "")
  foreach(other IN LISTS others)
    string(FIND "${symbols}" "${other}" at)
    if(NOT at EQUAL -1)
      list(APPEND ${out} ${other})
    endif()
  endforeach()
endmacro()

set(archive cpp/tombolo_stock.cargo/libtombolo_bridge.a)
found_in(found ${build_tree}/${archive})
if(NOT found STREQUAL others)
  message(FATAL_ERROR "only '${found}' is found where all of '${others}' is")
endif()

consume(lean -D HOW=add_subdirectory -D TOMBOLO_SOURCE=${source} -D TOMBOLO_BACKENDS=memory)
found_in(found ${build}/tombolo/${archive})
if(found)
  message(FATAL_ERROR "'${found}' is in an archive that was to do without")
endif()
refuse("TOMBOLO_BACKENDS.*invalid_argument" ${build}/app file://${work}/lean-store)

# Each alone, with what it says of the others' URLs.
foreach(backend IN ITEMS folder memory azure gcs s3)
  run(${TOMBOLO_CARGO} test --quiet --locked --manifest-path ${source}/rust/core/Cargo.toml --lib
    --no-default-features --features ${backend} --target-dir ${TOMBOLO_CARGO_TARGET_DIR} open::)
endforeach()
