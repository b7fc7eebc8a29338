package org.sightline.plugin.settings;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.elasticsearch.common.settings.Setting;

/** Allows a number only up to that of another setting. */
record AtMost(String key, Setting<Integer> bound) implements Setting.Validator<Integer> {

  @Override
  public void validate(Integer value) {
    // what is wrong on its own the setting's parser says
  }

  @Override
  public void validate(Integer value, Map<Setting<?>, Object> settings) {
    Object most = settings.get(bound);
    if (value > (Integer) most) {
      throw new IllegalArgumentException(
          "["
              + key
              + "] must be at most ["
              + bound.getKey()
              + "], which is ["
              + most
              + "], got ["
              + value
              + "]");
    }
  }

  @Override
  public Iterator<Setting<?>> settings() {
    return List.<Setting<?>>of(bound).iterator();
  }
}
