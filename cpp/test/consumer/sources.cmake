# add_subdirectory and FetchContent: the same project, from Tombolo's sources.
include(${CMAKE_CURRENT_LIST_DIR}/steps.cmake)
consume(${how} -D HOW=${how} -D TOMBOLO_SOURCE=${source})
